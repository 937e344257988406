"""Reading plain values the short way answers what the library's own way answers, errors included."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Generic, TypeVar

import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from schema.context import Tally
from schema.leaves import LeafExecutor
from schema.scalars import SCALARS

_SCALAR_FIELDS = ("text", "count", "amount", "color", "day", "numbers", "ratio", "flag", "when")
_OTHER_FIELDS = ("given(x: 3)", "given", "later", "__typename", "doubled", "colors")


T = TypeVar("T")


@strawberry.enum
class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Later:
    """A value that has to be awaited."""

    value: object

    def __await__(self):
        async def give():
            return self.value

        return give().__await__()


@strawberry.type
class Leaf:
    text: str
    count: int | None
    amount: Decimal
    color: Color
    day: dt.date | None
    numbers: list[int]
    ratio: float
    flag: bool
    when: dt.datetime | None

    @strawberry.field
    def given(self, x: int = 1) -> int:
        return x

    @strawberry.field
    async def later(self) -> str:
        return "later"

    @strawberry.field
    def doubled(self) -> int:
        return 2 * self.count

    @strawberry.field
    def colors(self) -> list[Color | None]:
        return [self.color, None]


@strawberry.interface
class Grown:
    name: str


@strawberry.type
class Edge(Generic[T]):
    node: T


@strawberry.type
class Branch(Grown):
    leaf: Leaf | None
    leaves: list[Leaf]
    edges: list[Edge[Leaf]]
    maybe: list[Leaf | None] | None
    must: Leaf

    @strawberry.field
    def picked(self) -> list[Leaf]:
        return self.leaves[:2]


@strawberry.type
class Query:
    @strawberry.field
    async def branch(self, info: strawberry.Info) -> Branch | None:
        return info.context

    @strawberry.field
    def pick(self, color: Color) -> str:
        return color.value


_CONFIG = {"config": StrawberryConfig(scalar_map=SCALARS)}
LONG = strawberry.Schema(Query, **_CONFIG)
SHORT = strawberry.Schema(Query, **_CONFIG, execution_context_class=LeafExecutor)

GOOD = {
    "text": "x",
    "count": 3,
    "amount": Decimal("1.50"),
    "color": Color.RED,
    "day": dt.date(2026, 1, 2),
    "numbers": [1, 2],
    "ratio": 1.5,
    "flag": True,
    "when": dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
}


def odd(good):
    """None where there must be a value, a fault, no value of the type, one that comes later."""
    return st.sampled_from(
        [None, ValueError("odd"), object(), Later(good), Later(None), 2**40, "zz", float("nan")]
    )


def leaves(oddness):
    def value(good):
        return st.just(good) if not oddness else st.one_of(st.just(good), st.just(good), odd(good))

    return st.builds(Leaf, **{name: value(good) for name, good in GOOD.items()})


def branches(oddness):
    leaf = leaves(oddness)
    return st.builds(
        Branch,
        leaf=st.none() | leaf,
        leaves=st.lists(leaf, max_size=3),
        edges=st.lists(st.builds(Edge, node=leaf), max_size=2),
        maybe=st.none() | st.lists(st.none() | leaf, max_size=2).map(tuple),
        must=leaf,
        name=st.just("b"),
    )


_FIELD = st.sampled_from(_SCALAR_FIELDS + _OTHER_FIELDS)
_SELECTED = st.lists(
    st.one_of(
        _FIELD,
        st.sampled_from(_SCALAR_FIELDS).map(lambda name: f"again: {name}"),
        _FIELD.map(lambda name: f"{name} @include(if: $yes)"),
        _FIELD.map(lambda name: f"{name} @skip(if: $yes)"),
        st.sampled_from(("...F", "... on Leaf { text flag }", "... { text amount }")),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda field: field.split()[0].split("(")[0],
)


@st.composite
def documents(draw):
    leaf, leaves, must, again, edge = (f"{{ {' '.join(draw(_SELECTED))} }}" for _ in range(5))
    return (
        f"query($yes: Boolean!) {{ branch {{ name @include(if: $yes) leaf {leaf} leaves {leaves}"
        f" must {must} must {again} name edges {{ node {edge} }} picked {edge} maybe {leaf} }}"
        f" other: branch {{ name must {{ ...F text }} }} }}"
        " fragment F on Leaf { day text }"
    )


def told(result):
    errors = [(error.message, tuple(error.path or ())) for error in result.errors or ()]
    return result.data, sorted(errors, key=str)


def in_order(data):
    """Answers are read by people too: the fields stay in the order they were asked for."""
    if isinstance(data, dict):
        return [(name, in_order(value)) for name, value in data.items()]
    return [in_order(value) for value in data] if isinstance(data, list) else data


@given(
    document=documents(),
    branch=st.booleans().flatmap(branches),
    is_included=st.booleans(),
)
@settings(max_examples=200)
async def test_both_ways_answer_the_same(document, branch, is_included):
    asked = {"variable_values": {"yes": is_included}, "context_value": branch}

    long, short = await LONG.execute(document, **asked), await SHORT.execute(document, **asked)

    assert bool(long.errors) == bool(short.errors)
    assert repr(in_order(short.data)) == repr(in_order(long.data))
    if long.data is not None and long.data["branch"] is not None:
        assert told(short)[1] == told(long)[1]


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query($color: Color!) { pick(color: $color) }", {"color": "REDD"}),
        ("query($yes: Boolean!) { branch { name } }", {"yes": "yes"}),
    ],
)
async def test_values_that_fit_no_variable_are_refused_without_a_hint(document, variables):
    result = await SHORT.execute(document, variable_values=variables)

    assert result.data is None
    assert "Did you mean" not in str(result.errors)


async def test_who_watches_every_field_still_sees_each():
    seen = []

    class Watching(SchemaExtension):
        def resolve(self, next_, root, info, **arguments):
            seen.append(info.field_name)
            return next_(root, info, **arguments)

    schema = strawberry.Schema(
        Query, **_CONFIG, execution_context_class=LeafExecutor, extensions=[Watching]
    )
    branch = Branch(leaf=None, leaves=[], edges=[], maybe=None, must=Leaf(**GOOD), name="b")

    await schema.execute("{ branch { name must { text } } }", context_value=branch)

    assert seen == ["branch", "name", "must", "text"]


class Telling(LeafExecutor):
    """Tells for which fields the library was asked."""

    asked: ClassVar[list[str]] = []

    def build_resolve_info(self, field_def, field_nodes, parent_type, path):
        self.asked.append(field_nodes[0].name.value)
        return super().build_resolve_info(field_def, field_nodes, parent_type, path)


@pytest.mark.parametrize(
    ("selected", "asked"),
    [
        ("name must { text given }", ["must", "given"]),
        ("name must { text doubled colors }", []),
        ("leaves { text } edges { node { color } } picked { day }", []),
        ("leaves { text later }", ["leaves", "later", "later"]),
        ("edges { node { given } }", ["edges", "node", "given"]),
    ],
)
async def test_plain_values_are_read_without_the_library(selected, asked):
    """Otherwise the two ways above would be one and the same."""
    Telling.asked.clear()
    schema = strawberry.Schema(Query, **_CONFIG, execution_context_class=Telling)
    leaf = Leaf(**GOOD)
    branch = Branch(
        leaf=None, leaves=[leaf, leaf], edges=[Edge(node=leaf)], maybe=None, must=leaf, name="b"
    )

    result = await schema.execute(f"{{ branch {{ {selected} }} }}", context_value=branch)

    assert result.errors is None
    assert Telling.asked == ["branch", *asked]


@pytest.mark.parametrize(
    ("selected", "objects"),
    [
        ("name", 2),
        ("leaves { text }", 4),
        ("leaves { text later }", 4),
        ("edges { node { text } }", 4),
        ("must { text } edges { node { given } }", 5),
        ("maybe { amount }", 4),
    ],
)
async def test_objects_are_counted_whichever_way_they_are_shown(selected, objects):
    """Callers pay for them."""

    @dataclass
    class Context:
        branch: Branch
        tally: Tally

    @strawberry.type
    class Counted:
        @strawberry.field
        def branch(self, info: strawberry.Info) -> Branch:
            return info.context.branch

    leaf, odd_one = Leaf(**GOOD), Leaf(**GOOD | {"amount": None})
    branch = Branch(
        leaf=None,
        leaves=[leaf, leaf],
        edges=[Edge(node=leaf)],
        maybe=[leaf, odd_one],
        must=leaf,
        name="b",
    )
    schema = strawberry.Schema(Counted, **_CONFIG, execution_context_class=LeafExecutor)
    context = Context(branch, Tally())

    await schema.execute(f"{{ branch {{ {selected} }} }}", context_value=context)

    assert context.tally.objects == objects
