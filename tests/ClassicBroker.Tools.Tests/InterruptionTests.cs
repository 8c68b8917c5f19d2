namespace ClassicBroker.Tools.Tests;

public sealed class InterruptionTests
{
    private const int Sigint = 2;
    private const int Sigterm = 15;

    [Fact]
    public void A_tool_with_nothing_to_finish_is_ended_by_the_signal()
    {
        using var interruption = new Interruption();
        Assert.False(interruption.Request(Sigint));
        Assert.False(interruption.IsRequested);
    }

    [Theory]
    [InlineData(Sigint, 130)]
    [InlineData(Sigterm, 143)]
    public void A_tool_that_has_something_to_finish_is_told_and_names_the_signal_in_its_exit_code(int signal, int exitCode)
    {
        using var interruption = new Interruption();
        var token = interruption.Expect();
        Assert.True(interruption.Request(signal));
        Assert.True(token.IsCancellationRequested);
        Assert.Equal(exitCode, interruption.ExitCode);
    }

    [Fact]
    public void The_second_signal_ends_the_tool()
    {
        using var interruption = new Interruption();
        interruption.Expect();
        Assert.True(interruption.Request(Sigint));
        Assert.False(interruption.Request(Sigint));
    }
}
