"""What every check raises where it does not hold."""


class Refused(Exception):
    pass


def need(condition):
    if not condition:
        raise Refused
