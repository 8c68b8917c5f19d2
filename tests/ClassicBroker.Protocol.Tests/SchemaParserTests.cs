using ClassicBroker.Protocol.Generator;

namespace ClassicBroker.Protocol.Tests;

/// <summary>Mistakes in a schema are named with their line.</summary>
public sealed class SchemaParserTests
{
    [Theory]
    [InlineData("A  int33", "type int33 is not known")]
    [InlineData("A  int32  3+", "versions 3+ go beyond the 0-2 of what they are in")]
    [InlineData("A  int32?", "int32 cannot be null")]
    [InlineData("A  string?5+", "'?5+' is not a version range within 0-2")]
    [InlineData("A  int8  = 300", "'300' is not a default for int8")]
    [InlineData("A  string  = null", "'null' is not a default for string")]
    [InlineData("A  int32  tag 0", "a tagged field is possible in flexible versions only (2)")]
    [InlineData("A  int32  2+  tag 1", "tags count from 0 without gaps")]
    [InlineData("A  int32  ignorabel", "'ignorabel' is not understood here")]
    [InlineData("a  int32", "expected 'Name type [versions] [tag N] [= default] [from NAME [versions]] [failed VALUE] [ignorable]'")]
    public void A_wrong_field_is_refused_with_its_line(string field, string complaint)
    {
        var file = SchemaParser.Parse($"data Example\n    versions  0-2\n    flexible  2+\n\nfields\n    {field}\n");
        var error = Assert.Single(file.Errors);
        Assert.Equal(complaint, error.Message);
        Assert.Equal(5, error.Line);
    }

    [Theory]
    [InlineData("R  []Result  from Topics", null)]
    [InlineData("R  []Result  from Topics.Parts", null)]
    [InlineData("R  []Result  from Names 1+ from Topics 0", null)]
    [InlineData("R  []Result  from Strangers", "'from Strangers' names nothing in what the request asks for")]
    [InlineData("R  []Result  from Topics.Strangers", "'from Topics.Strangers' names nothing in what the request asks for")]
    [InlineData("R  []Result  from Timeout", "'from Timeout' names nothing in what the request asks for")]
    [InlineData("R  []Result  from Topics 9", "'9' is not a version range within 0-2")]
    public void What_an_error_answer_is_made_from_must_be_in_the_request(string field, string? complaint)
    {
        var file = SchemaParser.Parse(
            $"""
            api Example
                key       1
                versions  0-2

            request
                Timeout  int32
                Names    []string
                Topics   []Topic
                    Parts  []Part
                        Id  int32

            response
                {field}
                    ErrorCode  error
            """);
        Assert.Equal(complaint is null ? [] : [complaint], file.Errors.Select(error => error.Message));
    }

    [Fact]
    public void Every_mistake_of_a_file_is_reported()
    {
        var file = SchemaParser.Parse("""
            api Example
                versions  0-2

            request
                A  int32
                A  int32
                B  []Thing
                    Thing  int8

            response
              C  int32

            struct Unused
                D  int32
            """);
        Assert.Equal(
            [
                (10, "indent in steps of four spaces"),
                (5, "field A is declared twice"),
                (7, "Thing is also the name of a struct; rename the struct, it is not on the wire"),
                (12, "struct Unused is not used"),
                (0, "an api has a key"),
            ],
            file.Errors.Select(error => (error.Line, error.Message)).OrderBy(error => Array.IndexOf([10, 5, 7, 12, 0], error.Line)));
    }

    [Fact]
    public void A_file_that_declares_nothing_known_is_refused() =>
        Assert.Equal("expected 'api NAME' or 'data NAME'", Assert.Single(SchemaParser.Parse("message X\n").Errors).Message);
}
