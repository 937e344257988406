"""What a handler is: a company file and a request in, an answer out, or a Refusal raised."""

from collections.abc import Callable
from typing import TypeAlias

from lxml.etree import _Element

from simulator.answers import Answer
from simulator.company_file import CompanyFile

Handler: TypeAlias = Callable[[CompanyFile, _Element], Answer]
