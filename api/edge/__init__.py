"""What strangers may send: how much, in which form, and the sentence for all else.

`limits` says how many, `bodies` how large and how deep, `calls` what a call of a callback looks
like, `arguments` what an address gives, `methods` by which methods it is answered, `failures` what
an answer says that is none.
"""

from api.edge.arguments import arguments
from api.edge.bodies import limit_bodies
from api.edge.calls import called, check_calls
from api.edge.failures import say_failures
from api.edge.limits import limit_rates
from api.edge.methods import METHODS, methods, tell_methods

__all__ = [
    "METHODS",
    "arguments",
    "called",
    "check_calls",
    "limit_bodies",
    "limit_rates",
    "methods",
    "say_failures",
    "tell_methods",
]
