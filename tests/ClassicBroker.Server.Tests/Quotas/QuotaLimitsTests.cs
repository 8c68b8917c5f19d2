using ClassicBroker.Server.Quotas;

namespace ClassicBroker.Server.Tests.Quotas;

public sealed class QuotaLimitsTests
{
    private static readonly QuotaName Default = new(null);
    private static readonly QuotaName User = new("u");
    private static readonly QuotaName Client = new("c");

    /// <summary>From the most particular to the most general, with who shares the limit.</summary>
    private static readonly (QuotaEntity Entity, string User, string Client)[] Precedence =
    [
        (new(User, Client, null), "u", "c"),
        (new(User, Default, null), "u", "c"),
        (new(User, null, null), "u", ""),
        (new(Default, Client, null), "u", "c"),
        (new(Default, Default, null), "u", "c"),
        (new(Default, null, null), "u", ""),
        (new(null, Client, null), "", "c"),
        (new(null, Default, null), "", "c"),
    ];

    [Fact]
    public void The_most_particular_limit_counts_and_the_next_when_it_is_gone()
    {
        var limits = QuotaLimits.None;
        for (var i = 0; i < Precedence.Length; i++)
        {
            limits = limits.With(Precedence[i].Entity, i);
        }

        for (var i = 0; i < Precedence.Length; i++)
        {
            Assert.True(limits.TryFind("u", "c", out var sharedBy, out var limit));
            Assert.Equal((i, Precedence[i].User, Precedence[i].Client), (limit, sharedBy.User, sharedBy.Client));
            limits = limits.With(Precedence[i].Entity, null);
        }

        Assert.False(limits.TryFind("u", "c", out _, out _));
        Assert.True(limits.IsEmpty);
    }

    [Fact]
    public void Others_are_not_limited()
    {
        var limits = QuotaLimits.None.With(new(User, Client, null), 1).With(new(null, new("d"), null), 2);
        Assert.False(limits.TryFind("u", "other", out _, out _));
        Assert.False(limits.TryFind("other", "c", out _, out _));
        Assert.True(limits.TryFind("anybody", "d", out _, out var limit));
        Assert.Equal(2, limit);
    }
}
