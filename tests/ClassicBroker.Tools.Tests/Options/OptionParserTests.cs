using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Tests.Options;

public sealed class OptionParserTests
{
    private readonly OptionParser _parser = new();

    [Fact]
    public void Values_follow_as_a_word_or_behind_an_equals_sign_and_one_dash_is_as_good_as_two()
    {
        var topic = _parser.Value("topic", "");
        Assert.Equal("a", _parser.Parse(["--topic", "a"], "").Value(topic));
        Assert.Equal("a=b", _parser.Parse(["--topic=a=b"], "").Value(topic));
        Assert.Equal("a", _parser.Parse(["-topic", "a"], "").Value(topic));
    }

    [Fact]
    public void A_required_value_is_the_next_word_whatever_it_looks_like()
    {
        var time = _parser.Value("time", "");
        Assert.Equal("-1", _parser.Parse(["--time", "-1"], "").Value(time));
    }

    [Fact]
    public void An_optional_value_is_not_the_next_option()
    {
        var codec = _parser.OptionalValue("compression-codec", "");
        var sync = _parser.Flag("sync", "");
        var parsed = _parser.Parse(["--compression-codec", "--sync"], "");
        Assert.True(parsed.Has(codec));
        Assert.True(parsed.Has(sync));
        Assert.Null(parsed.Value(codec));
    }

    [Fact]
    public void Repeated_options_are_a_list_and_an_error_where_one_value_is_asked_for()
    {
        var config = _parser.Value("config", "");
        var parsed = _parser.Parse(["--config", "a=1", "--config", "b=2"], "");
        Assert.Equal(["a=1", "b=2"], parsed.Values(config));
        Assert.Contains("multiple arguments", Assert.Throws<UsageException>(() => parsed.Value(config)).Message);
    }

    [Fact]
    public void Numbers_that_are_none_are_told_with_their_option()
    {
        var partitions = _parser.Value("partitions", "");
        var parsed = _parser.Parse(["--partitions", "x"], "");
        Assert.Equal("Cannot parse argument 'x' of option partitions", Assert.Throws<UsageException>(() => parsed.Int32(partitions)).Message);
    }

    /// <summary>As <c>Integer.parseInt</c> and <c>Long.parseLong</c>.</summary>
    [Theory]
    [InlineData("+3", 3)]
    [InlineData("-0", 0)]
    [InlineData("٣", 3)]
    [InlineData(" 3", null)]
    [InlineData("3 ", null)]
    [InlineData("3\0", null)]
    [InlineData("1,000", null)]
    public void Numbers_are_those_of_Java(string text, int? expected)
    {
        var partitions = _parser.Value("partitions", "");
        var parsed = _parser.Parse([$"--partitions={text}"], "");
        if (expected is { } number)
        {
            Assert.Equal((number, number), (parsed.Int32(partitions), parsed.Int64(partitions)));
        }
        else
        {
            Assert.Throws<UsageException>(() => parsed.Int32(partitions));
            Assert.Throws<UsageException>(() => parsed.Int64(partitions));
        }
    }

    [Fact]
    public void Words_behind_two_dashes_are_no_options()
    {
        _parser.Flag("list", "");
        Assert.Equal(["--list", "x"], _parser.Parse(["--", "--list", "x"], "").Words);
    }

    [Fact]
    public void Help_is_two_columns_wrapped_at_80_as_jopt_simple_wraps_them()
    {
        _parser.Value("bootstrap-server", "REQUIRED: The Kafka server to connect to. In case of providing this, a direct Zookeeper connection won't be required.", "server to connect to");
        _parser.Value("batch-size", "Number of messages.", "size", "200", "Integer");
        var help = OptionHelp.Format(_parser);
        Assert.Contains(
            """
            Option                                   Description                            
            ------                                   -----------                            
            """.ReplaceLineEndings("\n"),
            help);
        Assert.Contains(
            """
            --bootstrap-server <String: server to    REQUIRED: The Kafka server to connect  
              connect to>                              to. In case of providing this, a     
                                                       direct Zookeeper connection won't be 
                                                       required.                            
            """.ReplaceLineEndings("\n"),
            help);
        Assert.Contains("--batch-size <Integer: size>             Number of messages. (default: 200)     \n", help);
    }
}
