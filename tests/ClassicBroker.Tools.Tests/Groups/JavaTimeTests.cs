using ClassicBroker.Tools.Groups;

namespace ClassicBroker.Tools.Tests.Groups;

public sealed class JavaTimeTests
{
    [Theory]
    [InlineData("PT1S", 1)]
    [InlineData("P1DT2H3M4.5S", 93_784.5)]
    [InlineData("-PT1M", -60)]
    [InlineData("pt-2h", -7200)]
    [InlineData("PT1,5S", 1.5)]
    [InlineData("PT1.S", 1)]
    public void Spans_are_read_as_Java_reads_a_duration(string text, double seconds) =>
        Assert.Equal(seconds, JavaTime.Span(text).TotalSeconds);

    [Theory]
    [InlineData("5")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1H")]
    [InlineData("PT99999999999H")]
    [InlineData("PT\u0661H")]
    public void Other_texts_are_no_spans(string text)
    {
        var refused = Assert.Throws<JavaFailure>(() => JavaTime.Span(text));
        Assert.Equal(
            "java.time.format.DateTimeParseException: Text cannot be parsed to a Duration", JavaException.Describe(refused));
    }

    [Theory]
    [InlineData("2023-11-14T00:00:00.000", 1_699_920_000_000)]
    [InlineData("2023-11-14T01:00:00.000+01:00", 1_699_920_000_000)]
    [InlineData("1970-01-01T00:00:01.005Z", 1005)]
    public void Moments_are_in_UTC_unless_they_say_otherwise(string text, long milliseconds) =>
        Assert.Equal(milliseconds, JavaTime.Moment(text));

    [Fact]
    public void Other_texts_are_no_moments() => Assert.Throws<JavaFailure>(() => JavaTime.Moment("nonsense"));
}
