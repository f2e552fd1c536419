"""The formats that can be read: each module here that defines `FORMAT` is one."""
