"""The number systems: exact rationals, balls, series, germs and floats.

Each system is one class with the methods of :class:`derivcheck.numbers.kernel.Kernel`.
"""
