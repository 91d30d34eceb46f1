"""What `pytest properties` needs beside the properties: the options, the targets, and the report at the end."""

pytest_plugins = ["redproof_properties.plugin", "redproof_reports.plugin"]
