using ClassicBroker.Server.Quotas;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Server.Tests.Quotas;

/// <summary>Kafka's own numbers, of its ControllerMutationQuotaManagerTest.</summary>
public sealed class MutationQuotaTests
{
    private readonly ManualTime _time = new();
    private readonly MutationQuota _quota;

    public MutationQuotaTests() =>
        _quota = new(new QuotaClock(_time), samples: 10, windowSeconds: 1)
        {
            Limits = QuotaLimits.None.With(new(new("u"), null, null), 10),
        };

    [Fact]
    public void A_strict_mutation_is_refused_while_the_tokens_are_spent()
    {
        Assert.Equal((true, 0), Charge(90, isStrict: true));
        Assert.Equal((true, 0), Charge(90, isStrict: true));
        Assert.Equal((false, 8_000), Charge(90, isStrict: true));
        _time.AdvanceMs(5_000);
        Assert.Equal((false, 3_000), Charge(90, isStrict: true));
        _time.AdvanceMs(5_000);
        Assert.Equal((true, 0), Charge(90, isStrict: true));
    }

    [Fact]
    public void A_permissive_mutation_is_done_and_held_back()
    {
        Assert.Equal((true, 0), Charge(90, isStrict: false));
        Assert.Equal((true, 8_000), Charge(90, isStrict: false));
        Assert.Equal((true, 17_000), Charge(90, isStrict: false));
    }

    [Fact]
    public void What_is_done_in_any_case_counts_for_the_next_mutation()
    {
        _quota.Count("u", "c", 90);
        _quota.Count("u", "c", 90);
        Assert.Equal((false, 8_000), Charge(1, isStrict: true));
        _quota.Count("other", "c", 1_000_000);
        Assert.Equal((-80.0, 8_000), (_quota.Usages().Single().Tokens, _quota.Usages().Single().ThrottleMs));
    }

    [Fact]
    public void Who_has_no_limit_may_do_all() => Assert.Equal((true, 0), _quota.Charge("other", "c", 1_000_000, isStrict: true));

    private (bool MayBeDone, int ThrottleMs) Charge(int mutations, bool isStrict) => _quota.Charge("u", "c", mutations, isStrict);
}
