using ClassicBroker.AdminConsole.Sessions;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.AdminConsole.Tests.Sessions;

public sealed class SessionTableTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_session_lives_while_it_is_used()
    {
        var table = new SessionTable(_time, TimeSpan.FromMinutes(30));
        var session = table.Begin("ada", ConsoleRole.Admin);
        for (var i = 0; i < 3; i++)
        {
            _time.AdvanceMs(29 * 60_000);
            Assert.Equal(session, table.Find(session.Id));
        }

        _time.AdvanceMs((30 * 60_000) + 1);
        Assert.Null(table.Find(session.Id));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Half_a_day_ends_every_session()
    {
        var table = new SessionTable(_time, TimeSpan.FromHours(100));
        var session = table.Begin("ada", ConsoleRole.Admin);
        _time.AdvanceMs((12 * 3_600_000) + 1);
        Assert.Null(table.Find(session.Id));
    }

    [Fact]
    public void There_are_never_more_than_a_thousand()
    {
        var table = new SessionTable(_time, TimeSpan.FromMinutes(30));
        var first = table.Begin("first", ConsoleRole.ReadOnly);
        for (var i = 0; i < 1000; i++)
        {
            _time.AdvanceMs(1);
            table.Begin("next", ConsoleRole.ReadOnly);
        }

        Assert.Equal(1000, table.Count);
        Assert.Null(table.Find(first.Id));
    }

    [Fact]
    public void Guessing_is_held_up_for_a_minute()
    {
        var limit = new SignInLimit(_time);
        for (var i = 0; i < 5; i++)
        {
            Assert.False(limit.IsReached("ada"));
            limit.Failed("ada");
        }

        Assert.True(limit.IsReached("ada"));
        Assert.False(limit.IsReached("olga"));
        _time.AdvanceMs(60_000);
        Assert.False(limit.IsReached("ada"));
    }

    [Fact]
    public void A_token_is_good_once()
    {
        var shown = new List<string>();
        var token = new OneTimeToken(shown.Add);
        Assert.False(token.TryUse(""));
        token.Begin();
        Assert.False(token.TryUse("made up"));
        Assert.True(token.TryUse(shown[0]));
        Assert.False(token.TryUse(shown[0]));
        Assert.True(token.TryUse(shown[1]));
    }
}
