"""What happens after a commit: planning, rendering, sweeping."""
