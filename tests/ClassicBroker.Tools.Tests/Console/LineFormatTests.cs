using System.Text;
using ClassicBroker.Tools.Console;

namespace ClassicBroker.Tools.Tests.Console;

public sealed class LineFormatTests
{
    private static LineFormat Format(params (string Key, string Value)[] properties) =>
        new(properties.ToDictionary(pair => pair.Key, pair => pair.Value));

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes);

    [Fact]
    public void A_line_is_a_value_unless_more_is_asked_for()
    {
        var record = Format().Parse("a\tb", 1);
        Assert.Equal((null, "a\tb"), (Text(record.Key), Text(record.Value)));
    }

    [Fact]
    public void Headers_and_key_come_before_the_value()
    {
        var record = Format(("parse.key", "true"), ("parse.headers", "true"), ("key.separator", "|")).Parse("h1:v1,h2:v2\tk|v|w", 1);
        Assert.Equal(("k", "v|w"), (Text(record.Key), Text(record.Value)));
        Assert.Equal(["h1", "h2"], record.Headers!.Select(header => header.Key));
        Assert.Equal("v2", Encoding.UTF8.GetString(record.Headers![1].Value!.Value.Span));
    }

    [Fact]
    public void A_missing_separator_is_told_with_line_and_number_or_ignored()
    {
        var failure = Assert.Throws<JavaFailure>(() => Format(("parse.key", "true")).Parse("alone", 3));
        Assert.Equal("No key separator found on line number 3: 'alone'", failure.Message);
        var record = Format(("parse.key", "true"), ("ignore.error", "true")).Parse("alone", 3);
        Assert.Equal((null, "alone"), (Text(record.Key), Text(record.Value)));
    }

    [Fact]
    public void The_null_marker_stands_for_no_key_and_no_value()
    {
        var record = Format(("parse.key", "true"), ("null.marker", "NULL")).Parse("NULL\tNULL", 1);
        Assert.Null(record.Key);
        Assert.Null(record.Value);
    }

    [Fact]
    public void Separators_that_could_be_confused_are_refused() =>
        Assert.Throws<JavaFailure>(() => Format(("headers.delimiter", ","), ("headers.separator", ",")));
}
