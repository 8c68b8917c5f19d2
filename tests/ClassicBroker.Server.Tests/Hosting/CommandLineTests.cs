using ClassicBroker.Server.Config;
using ClassicBroker.Server.Hosting;

namespace ClassicBroker.Server.Tests.Hosting;

public sealed class CommandLineTests
{
    [Fact]
    public void The_last_of_equal_overrides_wins_and_one_without_a_value_is_empty()
    {
        var line = CommandLine.Parse(["server.properties", "--override", "a=1=2", "--override=b=1", "--override", "b=2", "--override", "nonsense"]);
        Assert.Equal("server.properties", line.PropertiesFile);
        Assert.Equal(("1=2", "2", ""), (line.Overrides["a"], line.Overrides["b"], line.Overrides["nonsense"]));
    }

    [Theory]
    [InlineData("--override", "Option override requires an argument")]
    [InlineData("--nonsense", "nonsense is not a recognized option")]
    [InlineData("stray", "Found non argument parameters: stray")]
    public void What_is_not_understood_is_refused_in_kafkas_words(string word, string expected) =>
        Assert.Equal(expected, Assert.Throws<ConfigException>(() => CommandLine.Parse(["server.properties", word])).Message);
}
