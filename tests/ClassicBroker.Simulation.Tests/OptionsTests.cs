namespace ClassicBroker.Simulation.Tests;

/// <summary>The simulator's command line.</summary>
public sealed class OptionsTests
{
    [Fact]
    public void Options_are_read()
    {
        var options = Options.Parse(["--seeds", "7", "--seed", "3", "--bug", "truncatetohw", "--faults", "1,4", "--jobs", "1", "--verbose"]);
        Assert.Equal((7, 3UL, "TruncateToHw", 1, true), (options.Seeds, options.Seed, options.Bug, options.Jobs, options.IsVerbose));
        Assert.Equal([1, 4], options.Faults!);
        Assert.Equal("TruncateToHw", Options.Parse(["--like", "TruncateToHW"]).Like);
        Assert.False(options.HasTransactions);
        Assert.True(Options.Parse(["--transactions"]).HasTransactions);
        Assert.True(Options.Parse(["--plain"]).IsPlain);
        Assert.Empty(Options.Parse(["--faults", "none"]).Faults!);
        Assert.Equal((true, "TruncateToHw"), Options.Parse(["--table", "--bug", "TruncateToHw"]) is var table ? (table.MakesTable, table.Bug) : default);
    }

    [Theory]
    [InlineData("--seeds")]
    [InlineData("--seeds", "many")]
    [InlineData("--bug", "NoSuchBug")]
    [InlineData("--faults", "1;2")]
    [InlineData("--what")]
    public void A_wrong_command_line_is_refused(params string[] arguments) =>
        Assert.Throws<FormatException>(() => Options.Parse(arguments));
}
