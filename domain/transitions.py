"""What every state machine says to a pair its table does not know."""


class IllegalTransition(Exception):
    """A bug or a race: nothing changed. The pair stands in the message."""

    def __init__(self, state: object, happening: object) -> None:
        super().__init__(f"{happening} cannot happen in state {state}.")
        self.state = state
        self.happening = happening
