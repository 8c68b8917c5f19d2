using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Primitives.Tests;

public sealed class JavaPropertiesTests
{
    [Theory]
    [InlineData("a=b", "a", "b")]
    [InlineData("a:b", "a", "b")]
    [InlineData("a b", "a", "b")]
    [InlineData("  a  =  b ", "a", "b ")]
    [InlineData("a", "a", "")]
    [InlineData("a=", "a", "")]
    [InlineData("a==b", "a", "=b")]
    [InlineData("a\\=b=c", "a=b", "c")]
    [InlineData("a\\ b=c", "a b", "c")]
    [InlineData("a=b\\\n    c", "a", "bc")]
    [InlineData("a=b\\\\", "a", "b\\")]
    [InlineData("a=\\u00e9\\t\\n\\q", "a", "\u00e9\t\nq")]
    [InlineData("#x=1\n!y=2\n\na=b", "a", "b")]
    [InlineData("a=1\na=2", "a", "2")]
    [InlineData("a=b#c", "a", "b#c")]
    [InlineData("a=b\r\nc=d", "a", "b")]
    [InlineData("a=1\u00852\u2028\f3", "a", "1\u00852\u2028\f3")]
    public void Parse_reads_what_java_reads(string content, string key, string value) =>
        Assert.Equal(value, JavaProperties.Parse(content)[key]);

    [Fact]
    public void Parse_takes_bytes_as_latin_1() =>
        Assert.Equal("\u00e9", JavaProperties.Parse([(byte)'a', (byte)'=', 0xE9])["a"]);

    [Fact]
    public void Parse_ignores_comment_marks_in_a_continued_line() =>
        Assert.Equal("1#2", JavaProperties.Parse("a=1\\\n  #2")["a"]);

    [Theory]
    [InlineData("a=\\u12")]
    [InlineData("a=\\uzzzz")]
    public void Parse_refuses_a_malformed_escape(string content) =>
        Assert.Throws<MalformedDataException>(() => JavaProperties.Parse(Encoding.Latin1.GetBytes(content)));
}
