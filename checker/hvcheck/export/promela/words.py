"""Names that mean something else in Promela, to its preprocessor, or in the C that Spin makes of it."""

from __future__ import annotations

_PROMELA = """
    accept active always assert atomic bit bool break byte c_code c_decl c_expr c_state c_track chan cond_expr
    d_proctype d_step do else empty enabled end equivalent eval eventually false fi for full get_priority goto hidden
    if implies in init inline int len local ltl mtype mtype_ never next np nempty nfull notrace nr_pr od of or
    pc_value pid print printf printm priority proctype progress provided release return run select set_priority short
    show skip stronguntil timeout trace true typedef unless unsigned until weakuntil xr xs
"""
_C = """
    asm auto case char const continue default double enum errno exit extern float inline linux long main malloc max
    memcpy memset min now register restrict signed sizeof state static stdin stdout struct switch this time trail tt
    uchar uint ulong union unix ushort void volatile while write read open close i386 pptr qptr Pptr Qptr Index State
    Trans Stack H_el Svtack EOF NULL U X V A C D E F G H I J K L M N O P Q R S T W Y Z
"""
_OURS = """
    World LEADS_TO REST
"""

RESERVED = frozenset(f"{_PROMELA} {_C} {_OURS}".split())
