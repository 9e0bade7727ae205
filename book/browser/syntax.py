"""One Python function as JavaScript. The dialect is small; what is outside it is refused, with its line.

Statements    assignment (tuples too), +=, if, while, for, return, break, continue, inner functions, xs.append(x)
Expressions   + - * / // %, comparisons, and/or/not, x if c else y, tuples, lists, dicts with texts as keys, f-strings,
              indices and slices, comprehensions, lambdas, calls
Conditions    comparisons, booleans and attributes; never a number, a list or a text: Python and JavaScript judge them differently
Not           ** (write products or `averages.power`), sum (compensated since Python 3.12: add in a loop), try, with, yield
"""

import ast
import inspect
import textwrap
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from book.browser.names import LIST_METHODS, TRUTHS, known_function, literal, own

BINARY: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
AUGMENTED = {ast.Mod: "py.mod", ast.FloorDiv: "py.floordiv"}
COMPARED: dict[type, str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "===", ast.NotEq: "!==", ast.Is: "===", ast.IsNot: "!==",
}  # fmt: skip
MISSING = object()


class Refused(ValueError):
    """Python that has no translation; the message names file and line."""


class NoTranslation(TypeError):
    """A Python object that nothing in the browser stands for."""


def source_of(function: Callable) -> tuple[ast.FunctionDef | ast.Lambda, str]:
    """The syntax tree of a function, with the line numbers of its file, and the name of that file."""
    lines, first = inspect.getsourcelines(function)
    path = inspect.getsourcefile(function) or "?"
    try:
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except SyntaxError as error:
        raise Refused(f"{path}:{first}: a lambda must stand in a statement of its own") from error
    ast.increment_lineno(tree, first - 1)
    arguments = list(inspect.signature(function).parameters)
    kinds = ast.Lambda if function.__name__ == "<lambda>" else ast.FunctionDef
    found = [n for n in ast.walk(tree) if isinstance(n, kinds) and [a.arg for a in n.args.args] == arguments]
    if not found or (kinds is ast.Lambda and len(found) > 1):
        raise Refused(f"{path}:{first}: {function.__name__} cannot be told from its neighbours")
    return found[0], path


class Translator(ast.NodeVisitor):
    """Translates the body of one function.

    outside : name -> what the function finds under it in its closure, its module or Python
    refer : (thing, name) -> JavaScript that stands for that thing
    """

    def __init__(self, path: str, outside: dict[str, Any], refer: Callable[[Any, str], str], parent: "Translator | None" = None):
        self.path, self.outside, self.refer, self.parent = path, outside, refer, parent
        self.locals: set[str] = set()
        self.truths: set[str] = set()
        self.self_name = ""

    def refuse(self, node: ast.AST, why: str) -> Refused:
        return Refused(f"{self.path}:{getattr(node, 'lineno', '?')}: {ast.unparse(node)[:60]!r}: {why}")

    # functions

    def function(self, node: ast.FunctionDef | ast.Lambda, method: bool = False) -> str:
        """`(arguments) {body}`, to be put after a name."""
        arguments = node.args.args[1:] if method else node.args.args
        if node.args.vararg or node.args.kwarg or node.args.posonlyargs or node.args.kwonlyargs:
            raise self.refuse(node, "plain arguments only")
        self.self_name = node.args.args[0].arg if method else ""
        self.locals = {a.arg for a in arguments}
        for a in arguments:
            if isinstance(a.annotation, ast.Name) and a.annotation.id == "bool":
                self.truths.add(a.arg)
        defaults = [None] * (len(arguments) - len(node.args.defaults)) + list(node.args.defaults)
        shown = ", ".join(own(a.arg) + (f" = {self.visit(d)}" if d else "") for a, d in zip(arguments, defaults))
        if isinstance(node, ast.Lambda):
            return f"({shown}) => {self.visit(node.body)}"
        made = assigned_names(node) - self.locals
        self.locals |= made | {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}
        self.truths |= self.always_true_or_false(node) & made
        declared = f"let {', '.join(map(own, sorted(made)))};\n" if made else ""
        return f"({shown}) {{\n{declared}{self.block(node.body)}}}"

    def always_true_or_false(self, node: ast.FunctionDef) -> set[str]:
        """The names that a function binds to nothing but conditions."""
        parts = list(ast.walk(node))
        stored = Counter(part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
        assigned = [(target.id, part.value) for part in parts if isinstance(part, ast.Assign) for target in named_targets(part)]
        truths = Counter(name for name, value in assigned if self.is_condition(value))
        return {name for name, count in truths.items() if count == stored[name]}

    def block(self, body: list[ast.stmt]) -> str:
        return "".join(self.visit(one) for one in body)

    # statements

    def visit_FunctionDef(self, node: ast.FunctionDef) -> str:
        if node.decorator_list:
            raise self.refuse(node, "an inner function has no decorators")
        return f"const {own(node.name)} = {self.inner().arrow(node)};\n"

    def inner(self) -> "Translator":
        return Translator(self.path, self.outside, self.refer, self)

    def arrow(self, node: ast.FunctionDef) -> str:
        head, _, body = self.function(node).partition(") {")
        return f"{head}) => {{{body}"

    def visit_Lambda(self, node: ast.Lambda) -> str:
        return f"({self.inner().function(node)})"

    def visit_Return(self, node: ast.Return) -> str:
        return f"return {self.visit(node.value) if node.value else ''};\n"

    def visit_Assign(self, node: ast.Assign) -> str:
        value = self.visit(node.value)
        if len(node.targets) == 1 and isinstance(node.targets[0], (ast.Tuple, ast.List)):
            return f"{{ const $ = {value};\n{self.unpacked(node.targets[0], '$')}}}\n"
        return "".join(f"{self.target(target)} = {value};\n" for target in node.targets)

    def unpacked(self, target: ast.expr, value: str) -> str:
        """Part by part: faster in a browser than its own unpacking, which can take anything apart."""
        if isinstance(target, (ast.Tuple, ast.List)):
            return "".join(self.unpacked(part, f"{value}[{i}]") for i, part in enumerate(target.elts))
        return f"{self.target(target)} = {value};\n"

    def visit_AnnAssign(self, node: ast.AnnAssign) -> str:
        return f"{self.target(node.target)} = {self.visit(node.value)};\n" if node.value else ""

    def visit_AugAssign(self, node: ast.AugAssign) -> str:
        kind, target, value = type(node.op), self.target(node.target), self.visit(node.value)
        if kind in AUGMENTED:
            return f"{target} = {AUGMENTED[kind]}({target}, {value});\n"
        if kind not in BINARY:
            raise self.refuse(node, "+ - * / // % only")
        return f"{target} {BINARY[kind]}= {value};\n"

    def target(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return own(node.id)
        if isinstance(node, (ast.Tuple, ast.List)):
            return f"[{', '.join(self.target(part) for part in node.elts)}]"
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            return f"{self.visit(node.value)}[{self.visit(node.slice)}]"
        raise self.refuse(node, "only names, tuples of names and places of a list are assigned to")

    def visit_If(self, node: ast.If) -> str:
        other = f" else {{\n{self.block(node.orelse)}}}" if node.orelse else ""
        return f"if ({self.condition(node.test)}) {{\n{self.block(node.body)}}}{other}\n"

    def visit_While(self, node: ast.While) -> str:
        if node.orelse:
            raise self.refuse(node, "a loop has no else")
        return f"while ({self.condition(node.test)}) {{\n{self.block(node.body)}}}\n"

    def visit_For(self, node: ast.For) -> str:
        if node.orelse:
            raise self.refuse(node, "a loop has no else")
        return f"for ({self.target(node.target)} of {self.visit(node.iter)}) {{\n{self.block(node.body)}}}\n"

    def visit_Break(self, node: ast.Break) -> str:
        return "break;\n"

    def visit_Continue(self, node: ast.Continue) -> str:
        return "continue;\n"

    def visit_Pass(self, node: ast.Pass) -> str:
        return ""

    def visit_Expr(self, node: ast.Expr) -> str:
        call = node.value
        if isinstance(call, ast.Constant) and isinstance(call.value, str):
            return ""
        if isinstance(call, ast.Call):
            if is_checked(self.static(call.func)) or is_super_post_init(call.func):
                return ""
            if ast.unparse(call.func) == "object.__setattr__":
                name, value = call.args[1], call.args[2]
                assert isinstance(name, ast.Constant)
                return f"this.{name.value} = {self.visit(value)};\n"
            return f"{self.visit(call)};\n"
        raise self.refuse(node, "a statement that does nothing")

    # conditions

    def is_condition(self, node: ast.expr) -> bool:
        if isinstance(node, ast.BoolOp):
            return all(self.is_condition(part) for part in node.values)
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.Not)
        if isinstance(node, ast.Call):
            found = self.static(node.func)
            annotated = getattr(found, "__annotations__", {}).get("return")
            return (callable(found) and hash_in(found, TRUTHS)) or annotated in (bool, "bool")
        if isinstance(node, ast.Name):
            return node.id in self.truths or (self.parent is not None and self.parent.is_condition(node))
        return isinstance(node, (ast.Compare, ast.Attribute)) or (isinstance(node, ast.Constant) and isinstance(node.value, bool))

    def condition(self, node: ast.expr) -> str:
        if not self.is_condition(node):
            raise self.refuse(node, "a condition must be a comparison, a boolean or an attribute")
        return self.visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> str:
        sign = " && " if isinstance(node.op, ast.And) else " || "
        return f"({sign.join(self.condition(part) for part in node.values)})"

    def visit_Compare(self, node: ast.Compare) -> str:
        sides, parts = [node.left, *node.comparators], []
        for middle in sides[1:-1]:
            if not isinstance(middle, (ast.Name, ast.Constant, ast.Attribute, ast.Subscript)):
                raise self.refuse(node, "the middle of a chain must be a name")
        for left, sign, right in zip(sides, node.ops, sides[1:]):
            parts.append(self.compared(node, left, sign, right))
        return f"({' && '.join(parts)})"

    def compared(self, node: ast.Compare, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> str:
        a, b = self.visit(left), self.visit(right)
        if isinstance(sign, (ast.In, ast.NotIn)):
            return f"{'' if isinstance(sign, ast.In) else '!'}py.has({b}, {a})"
        return f"{a} {COMPARED[type(sign)]} {b}"

    def visit_IfExp(self, node: ast.IfExp) -> str:
        return f"({self.condition(node.test)} ? {self.visit(node.body)} : {self.visit(node.orelse)})"

    # expressions

    def visit_BinOp(self, node: ast.BinOp) -> str:
        kind = type(node.op)
        if kind in AUGMENTED:
            return f"{AUGMENTED[kind]}({self.visit(node.left)}, {self.visit(node.right)})"
        if kind not in BINARY:
            raise self.refuse(node, "+ - * / // % only; write powers as products or with `power`")
        if any(isinstance(side, (ast.List, ast.ListComp)) for side in (node.left, node.right)):
            raise self.refuse(node, "lists are not added: put both in a new list, with a star")
        return f"({self.visit(node.left)} {BINARY[kind]} {self.visit(node.right)})"

    def visit_UnaryOp(self, node: ast.UnaryOp) -> str:
        if isinstance(node.op, ast.Not):
            return f"!{self.condition(node.operand)}"
        if isinstance(node.op, ast.USub):
            return f"(-{self.visit(node.operand)})"
        raise self.refuse(node, "minus and not only")

    def visit_Constant(self, node: ast.Constant) -> str:
        return literal(node.value)

    def visit_Name(self, node: ast.Name) -> str:
        if node.id == self.self_name and node.id:
            return "this"
        if self.is_local(node.id):
            return own(node.id)
        if node.id not in self.outside:
            raise self.refuse(node, "unknown name")
        return self.named(node, self.outside[node.id], node.id)

    def named(self, node: ast.AST, thing: Any, wanted: str) -> str:
        try:
            return self.refer(thing, wanted)
        except NoTranslation as error:
            raise self.refuse(node, str(error)) from error

    def is_local(self, name: str) -> bool:
        return name in self.locals or (self.parent is not None and self.parent.is_local(name))

    def visit_Tuple(self, node: ast.Tuple | ast.List) -> str:
        return f"[{', '.join(self.visit(part) for part in node.elts)}]"

    visit_List = visit_Tuple

    def visit_Starred(self, node: ast.Starred) -> str:
        return f"...{self.visit(node.value)}"

    def visit_Dict(self, node: ast.Dict) -> str:
        if not all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.keys):
            raise self.refuse(node, "the keys of a dict are texts")
        pairs = [f"{self.visit(k)}: {self.visit(v)}" for k, v in zip(node.keys, node.values) if k is not None]
        return f"({{{', '.join(pairs)}}})"

    def visit_JoinedStr(self, node: ast.JoinedStr) -> str:
        parts = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value).replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${").replace("\n", "\\n"))
            elif isinstance(part, ast.FormattedValue) and part.format_spec is None and part.conversion == -1:
                parts.append(f"${{{self.visit(part.value)}}}")
            else:
                raise self.refuse(node, "no format in an f-string: use number(x)")
        return f"`{''.join(parts)}`"

    def visit_Attribute(self, node: ast.Attribute) -> str:
        found = self.static(node)
        if found is not MISSING:
            return self.named(node, found, node.attr)
        return f"{self.visit(node.value)}.{own(node.attr)}"

    def visit_Subscript(self, node: ast.Subscript) -> str:
        value, at = self.visit(node.value), node.slice
        if isinstance(at, ast.Slice):
            if at.step is not None:
                raise self.refuse(node, "a slice has no step")
            ends = [self.visit(end) if end else "undefined" for end in (at.lower, at.upper)]
            return f"{value}.slice({', '.join(ends)})"
        if isinstance(at, ast.Tuple):
            raise self.refuse(node, "one index only")
        if isinstance(at, ast.UnaryOp):
            return f"{value}.at({self.visit(at)})"
        return f"{value}[{self.visit(at)}]"

    def visit_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> str:
        inner = self.inner()
        return inner.comprehended(node.generators, node.elt)

    visit_GeneratorExp = visit_ListComp

    def comprehended(self, generators: list[ast.comprehension], element: ast.expr) -> str:
        first, *rest = generators
        made = self.visit(first.iter)
        names = {n.id for n in ast.walk(first.target) if isinstance(n, ast.Name)}
        self.locals |= names
        head = f"({self.target(first.target)}) =>"
        for test in first.ifs:
            made = f"{made}.filter({head} {self.condition(test)})"
        if rest:
            return f"{made}.flatMap({head} {self.comprehended(rest, element)})"
        return f"{made}.map({head} {self.visit(element)})"

    # calls

    def static(self, node: ast.expr) -> Any:
        """The Python object that a name or `module.name` stands for, or MISSING."""
        if isinstance(node, ast.Name) and node.id != self.self_name and not self.is_local(node.id):
            return self.outside.get(node.id, MISSING)
        if isinstance(node, ast.Attribute):
            base = self.static(node.value)
            if isinstance(base, ModuleType):
                return getattr(base, node.attr)
        return MISSING

    def visit_Call(self, node: ast.Call) -> str:
        found = self.static(node.func)
        if found is MISSING:
            return self.method(node)
        if is_checked(found):
            return self.visit(node.args[1 + (found.__name__ == "optional")])
        if found is np.where:
            test, yes, no = node.args
            return f"({self.visit(test)} ? {self.visit(yes)} : {self.visit(no)})"
        if found in (float, str) and len(node.args) == 1:
            return self.converted(found, node)
        if (name := known_function(found)) is not None:
            if node.keywords:
                raise self.refuse(node, "no named arguments here")
            return f"{name}({', '.join(self.visit(a) for a in node.args)})"
        if not callable(found):
            raise self.refuse(node, "this is no function")
        return self.called(node, found)

    def converted(self, kind: type, node: ast.Call) -> str:
        (argument,) = node.args
        if kind is float and isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return literal(float(argument.value))
        if kind is str:
            raise self.refuse(node, "write texts with f-strings and number(x)")
        return self.visit(argument)

    def called(self, node: ast.Call, found: Any) -> str:
        name = self.named(node, found, getattr(found, "__name__", "function"))
        if getattr(found, "__dataclass_fields__", None) is not None and isinstance(found, type):
            if node.args:
                raise self.refuse(node, "name the hyperparameters")
            pairs = [f"{own(k.arg)}: {self.visit(k.value)}" for k in node.keywords if k.arg]
            return f"new {name}({{{', '.join(pairs)}}})"
        try:
            signature = inspect.signature(found)
            bound = signature.bind(*node.args, **{k.arg or "**": k.value for k in node.keywords}).arguments
        except TypeError as error:
            raise self.refuse(node, str(error)) from error
        given = self.ordered(node, signature, bound)
        return f"{'new ' if isinstance(found, type) else ''}{name}({', '.join(given)})"

    def ordered(self, node: ast.Call, signature: inspect.Signature, bound: dict[str, Any]) -> list[str]:
        """Arguments in the order of the signature; those that were collected by ** as one object."""
        given: list[str] = []
        for name, parameter in signature.parameters.items():
            value = bound.get(name)
            if parameter.kind is parameter.VAR_KEYWORD:
                pairs = [f"{own(k)}: {self.visit(v)}" for k, v in (value or {}).items()]
                given.append(f"{{{', '.join(pairs)}}}")
            elif parameter.kind is parameter.VAR_POSITIONAL:
                given += [self.visit(one) for one in value or ()]
            else:
                given.append("undefined" if value is None else self.visit(value))
        while given and given[-1] == "undefined":
            given.pop()
        return given

    def method(self, node: ast.Call) -> str:
        """A call of something local: an inner function, a method of self, of a list or of a text."""
        if node.keywords:
            raise self.refuse(node, "no named arguments here")
        given = [self.visit(a) for a in node.args]
        if not isinstance(node.func, ast.Attribute):
            return f"{self.visit(node.func)}({', '.join(given)})"
        value, name = self.visit(node.func.value), node.func.attr
        if is_super(node.func.value):
            return f"super.{name}({', '.join(given)})"
        if value == "this":
            return f"this.{own(name)}({', '.join(given)})"
        if name == "join":
            return f"{given[0]}.join({value})"
        if name == "items":
            return f"Object.entries({value})"
        if name == "values":
            return f"Object.values({value})"
        if name not in LIST_METHODS:
            raise self.refuse(node, f"the method {name} has no translation")
        if LIST_METHODS[name].startswith("py."):
            return f"{LIST_METHODS[name]}({', '.join([value, *given])})"
        return f"{value}.{LIST_METHODS[name]}({', '.join(given)})"

    def generic_visit(self, node: ast.AST) -> Any:
        raise self.refuse(node, f"{type(node).__name__} has no translation")


def named_targets(node: ast.Assign) -> list[ast.Name]:
    """The plain names that an assignment binds to its whole value."""
    return [target for target in node.targets if isinstance(target, ast.Name)]


def assigned_names(node: ast.FunctionDef) -> set[str]:
    """The names that a function binds in its own body, without inner functions and comprehensions."""
    found: set[str] = set()

    def look(part: ast.AST) -> None:
        if isinstance(part, (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.GeneratorExp)) and part is not node:
            return
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            found.add(part.id)
        for child in ast.iter_child_nodes(part):
            look(child)

    look(node)
    return found


def is_checked(thing: Any) -> bool:
    """Whether a function belongs to `adamlib.validate`: it hands its second argument back, or raises."""
    return getattr(thing, "__module__", None) == "adamlib.validate"


def is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def is_super_post_init(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "__post_init__" and is_super(node.value)


def hash_in(thing: Any, some: frozenset) -> bool:
    try:
        return thing in some
    except TypeError:
        return False
