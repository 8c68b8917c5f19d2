namespace ClassicBroker.Primitives.Tests;

/// <summary>The expected values are those of Java's <c>parseInt</c> and the like, of <c>trim</c> and of Kafka's lists.</summary>
public sealed class JavaTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("00", 0)]
    [InlineData("-0", 0)]
    [InlineData("+5", 5)]
    [InlineData("-2147483648", int.MinValue)]
    [InlineData("2147483647", int.MaxValue)]
    [InlineData("٣", 3)]
    public void An_int_is_a_sign_and_digits(string text, int expected)
    {
        Assert.True(JavaText.TryParseInt(text, out var number));
        Assert.Equal(expected, number);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1,000")]
    [InlineData("1.0")]
    [InlineData("0x10")]
    [InlineData("--1")]
    [InlineData("1e3")]
    [InlineData("2147483648")]
    [InlineData("-2147483649")]
    [InlineData("99999999999999999999")]
    public void Anything_else_is_no_int(string text)
    {
        Assert.False(JavaText.TryParseInt(text, out var number));
        Assert.Equal(0, number);
    }

    [Fact]
    public void The_ends_of_a_type_are_in_it_and_what_lies_beyond_is_not()
    {
        Assert.True(JavaText.TryParseLong("9223372036854775807", out var most));
        Assert.True(JavaText.TryParseLong("-9223372036854775808", out var least));
        Assert.Equal((long.MaxValue, long.MinValue), (most, least));
        Assert.False(JavaText.TryParseLong("9223372036854775808", out _));
        Assert.False(JavaText.TryParseLong("-9223372036854775809", out _));
        Assert.True(JavaText.TryParseShort("-32768", out var small));
        Assert.Equal(short.MinValue, small);
        Assert.False(JavaText.TryParseShort("32768", out _));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData(" -1.5 ", -1.5)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("1e3", 1000)]
    [InlineData("1E-3f", 0.001)]
    [InlineData("2d", 2)]
    [InlineData("+Infinity", double.PositiveInfinity)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    [InlineData("1.7976931348623157E308", double.MaxValue)]
    [InlineData("1e999", double.PositiveInfinity)]
    public void A_double_may_have_blanks_and_a_suffix(string text, double expected)
    {
        Assert.True(JavaText.TryParseDouble(text, out var number));
        Assert.Equal(expected, number);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1,5")]
    [InlineData("infinity")]
    [InlineData("nan")]
    [InlineData("1 000")]
    [InlineData("--1")]
    [InlineData("e5")]
    [InlineData("(1)")]
    public void Anything_else_is_no_double(string text) => Assert.False(JavaText.TryParseDouble(text, out _));

    [Fact]
    public void Not_a_number_is_a_double()
    {
        Assert.True(JavaText.TryParseDouble("NaN", out var number));
        Assert.True(double.IsNaN(number));
    }

    [Theory]
    [InlineData("true", true, true)]
    [InlineData("TRUE", true, true)]
    [InlineData("False", true, false)]
    [InlineData(" true", false, false)]
    [InlineData("yes", false, false)]
    [InlineData("1", false, false)]
    public void A_boolean_is_one_of_two_words(string text, bool isBoolean, bool expected)
    {
        Assert.Equal(isBoolean, JavaText.TryParseBoolean(text, out var flag));
        Assert.Equal(expected, flag);
    }

    [Theory]
    [InlineData(" \t\0a b\r\n", "a b")]
    [InlineData("\u00a0a\u2003", "\u00a0a\u2003")]
    [InlineData(" ", "")]
    public void Trimming_takes_control_characters_and_leaves_unicodes_blanks(string text, string expected) =>
        Assert.Equal(expected, JavaText.Trim(text));

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  ", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData(" a , b\t,c ", new[] { "a", "b", "c" })]
    [InlineData("a,,b,", new[] { "a", "", "b", "" })]
    public void Lists_are_split_at_commas(string text, string[] expected) => Assert.Equal(expected, JavaText.SplitList(text));
}
