"""Row-level security for the migrations: roles, the tenant policy, narrow directory functions.

A migration that makes a tenant table calls `guard_table` for it in the same step.
"""

from alembic import op

APPLICATION_ROLE = "instep_app"
#: Owns the directory functions; reads a few columns of every account; nobody logs in as it.
DIRECTORY_ROLE = "instep_directory"

_ACCOUNT = "nullif(current_setting('app.account_id', true), '')::uuid"


def make_roles() -> None:
    """Make both roles unless the cluster has them; roles are shared by all its databases."""
    for role in (APPLICATION_ROLE, DIRECTORY_ROLE):
        op.execute(
            f"""
            do $$ begin
                create role {role} nologin nosuperuser nobypassrls nocreatedb nocreaterole;
            exception when duplicate_object or unique_violation then null;
            end $$
            """
        )
        # a hosted owner is no superuser: it must be a member to act as the role
        op.execute(f"grant {role} to current_user")
        op.execute(f"grant usage on schema public to {role}")


def guard_table(table: str) -> None:
    """Let the application see and write the rows of the current account only, owner included."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(
        f"create policy tenant on {table} to {APPLICATION_ROLE}"
        f" using (account_id = {_ACCOUNT}) with check (account_id = {_ACCOUNT})"
    )
    op.execute(f"grant select, insert, update, delete on {table} to {APPLICATION_ROLE}")


def forbid_changes(table: str) -> None:
    """Let rows be added only: whoever asks, owner included, nothing is changed, removed or emptied.

    An owner who drops the trigger could still do it; that needs the owner's password and shows in
    PostgreSQL's own catalogue.
    """
    op.execute(
        """
        create or replace function refuse_change() returns trigger language plpgsql as $$ begin
            raise exception '% is append-only: its rows are never changed or removed', tg_table_name
                using errcode = 'restrict_violation';
        end $$
        """
    )
    op.execute(
        f"create trigger append_only before update or delete or truncate on {table}"
        " for each statement execute function refuse_change()"
    )
    op.execute(f"revoke update, delete on {table} from {APPLICATION_ROLE}")


def open_to_directory(table: str, *columns: str) -> None:
    """Let the directory functions read these columns of every account."""
    op.execute(f"create policy directory on {table} for select to {DIRECTORY_ROLE} using (true)")
    op.execute(f"grant select ({', '.join(columns)}) on {table} to {DIRECTORY_ROLE}")


def make_directory_function(
    name: str, arguments: str, query: str, *, gives: str = "account_id uuid, id uuid"
) -> None:
    """Make a function that gives these columns and that only the application may call."""
    op.execute(
        f"create function {name}({arguments}) returns table ({gives})"
        f" language sql stable security definer set search_path = public as $$ {query} $$"
    )
    signature = ", ".join(part.split()[1] for part in arguments.split(", ") if part)
    op.execute(f"grant create on schema public to {DIRECTORY_ROLE}")
    op.execute(f"alter function {name} owner to {DIRECTORY_ROLE}")
    op.execute(f"revoke create on schema public from {DIRECTORY_ROLE}")
    op.execute(f"revoke all on function {name}({signature}) from public")
    op.execute(f"grant execute on function {name}({signature}) to {APPLICATION_ROLE}")
