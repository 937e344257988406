"""What all mapped rows share: naming, the account column, column types."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Row(DeclarativeBase):
    """Columns are text, never varchar(n): lengths are the domain's business."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain dictionary
        str: Text,
        UUID: Uuid,
        int: BigInteger,
        Decimal: Numeric(20, 5),
        date: Date,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
    }


class OfAccount:
    """The tenant: first column of every primary key, and what row-level security looks at."""

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("account.account_id"), primary_key=True, sort_order=-2
    )


class Identified(OfAccount):
    """A row with an id of its own, a UUIDv7, under its account."""

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)


def belongs_to(table: str, column: str) -> ForeignKeyConstraint:
    """Give a foreign key to a row of the same account: it can never point into another one."""
    return ForeignKeyConstraint(["account_id", column], [f"{table}.account_id", f"{table}.id"])
