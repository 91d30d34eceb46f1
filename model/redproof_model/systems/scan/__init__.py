"""SCAN: a cursor that counts with its bits reversed, so that a table may change its size between two calls.

Source: dict.c dictScan of Redis 6.2 and 7.0, and kvstore.c of Redis 8.0 and Valkey 8.0 for the slot in a cursor.
"""
