"""A built-in tool: arithmetic, which models guess at."""

import ast
import math
import operator
from collections.abc import Callable

from chatdock.tools.base import InvalidArguments
from chatdock.tools.function import tool

MAX_CHARS = 200  # of an expression: no sum a user asks for is longer, and without powers none of these grows large
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}


@tool
async def calculate(expression: str) -> str:
    """Works out an arithmetic expression exactly as written.

    Args:
        expression: Numbers with + - * / % and parentheses, such as (12.5 + 7) * 3.
    """
    if len(expression) > MAX_CHARS:
        raise InvalidArguments(f"The expression is longer than {MAX_CHARS} characters.")
    try:
        value = _value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ValueError) as error:
        raise InvalidArguments("The expression may only hold numbers, + - * / % and parentheses.") from error
    except ZeroDivisionError:
        return "Division by zero has no result."
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise InvalidArguments("The expression grows beyond what can be worked out.")
    return f"{expression.strip()} = {value:.12g}"


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left), _value(right))
    raise ValueError
