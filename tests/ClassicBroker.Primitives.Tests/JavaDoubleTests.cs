namespace ClassicBroker.Primitives.Tests;

public sealed class JavaDoubleTests
{
    [Theory]
    [InlineData(1024, "1024.0")]
    [InlineData(0.5, "0.5")]
    [InlineData(9_999_999, "9999999.0")]
    [InlineData(10_000_000, "1.0E7")]
    [InlineData(12_345_678, "1.2345678E7")]
    [InlineData(0.0001, "1.0E-4")]
    [InlineData(-2.5, "-2.5")]
    [InlineData(0, "0.0")]
    [InlineData(double.MaxValue, "1.7976931348623157E308")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(9.223372036854775807e18, "9.223372036854776E18")]
    public void Numbers_look_as_Java_prints_them(double number, string text) => Assert.Equal(text, JavaDouble.Format(number));
}
