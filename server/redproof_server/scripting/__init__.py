"""Lua scripts and functions: EVAL, SCRIPT, FUNCTION and FCALL without the commands themselves.

Scripts run in Lua 5.1 through lupa, in this process: `lua/sandbox.lua` is the world they see, `api` the functions
they are given, `calls` how they run commands, `scripts` and `libraries` what is kept of them.
"""
