using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Tests.Facts;

/// <summary><c>--output</c> among the words of a tool.</summary>
public sealed class OutputOptionTests
{
    [Theory]
    [InlineData("--list --output json", "--list", "Json")]
    [InlineData("--output=yaml --list", "--list", "Yaml")]
    [InlineData("describe --output table --status", "describe --status", "Table")]
    [InlineData("--list", "--list", null)]
    [InlineData("--list -- --output json", "--list -- --output json", null)]
    public void It_is_taken_out_of_the_words_wherever_it_stands(string words, string rest, string? form)
    {
        var taken = OutputOption.Take(words.Split(' '));
        Assert.Equal((rest, form), (string.Join(' ', taken.Others), taken.Form?.ToString()));
    }

    [Theory]
    [InlineData("--output xml", "xml")]
    [InlineData("--list --output", "")]
    [InlineData("--output=JSON", "JSON")]
    public void A_form_that_is_none_is_refused(string words, string form) =>
        Assert.Equal(
            $"Invalid value '{form}' of option [output]. Valid values are: json, table, yaml",
            Assert.Throws<ToolException>(() => OutputOption.Take(words.Split(' '))).Message);
}
