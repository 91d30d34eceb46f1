"""What a leader does to servers, what sentinels tell each other of it, and how all come to agree (sentinel.c).

Leaders have epochs of their own, as `election` shows. Again a message may be late or never come.
"""
