"""A record's steps one by one: what model and server reply to each, and where their data begin to differ."""
