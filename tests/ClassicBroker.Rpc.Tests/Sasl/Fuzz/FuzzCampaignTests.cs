using ClassicBroker.Testing.Fuzzing;

namespace ClassicBroker.Rpc.Tests.Sasl.Fuzz;

/// <summary>The fuzzer finds what was hidden from it: a fault behind several steps, memory out of proportion, another exception.</summary>
public sealed class FuzzCampaignTests
{
    [Fact]
    public void A_fault_behind_several_steps_is_found_because_each_step_joins_the_corpus()
    {
        var found = Assert.Throws<FuzzFailureException>(() => Campaign(input =>
        {
            var depth = 0;
            foreach (var letter in "FUZZ"u8)
            {
                if (input.Length <= depth || input[depth] != letter)
                {
                    return depth;
                }

                depth++;
            }

            throw new InvalidOperationException("the hidden fault");
        }).Run());
        Assert.Contains("the hidden fault", found.Message);
        Assert.Contains("\nby 46555A5A", found.Message);
    }

    [Fact]
    public void Memory_out_of_proportion_is_a_fault()
    {
        var found = Assert.Throws<FuzzFailureException>(() => Campaign(input => input.Length > 8 ? new byte[1 << 20].Length : 0).Run());
        Assert.Contains("allocated 1048", found.Message);
    }

    [Fact]
    public void A_declared_refusal_is_none_and_the_same_seed_repeats_a_campaign()
    {
        string Report()
        {
            var campaign = Campaign(input => input.Length % 2 == 0 ? input.Length : throw new FormatException("odd"));
            return campaign.Run().Split(" inputs")[0];
        }

        Assert.Equal(Report(), Report());
    }

    private static FuzzCampaign Campaign(Func<byte[], int> attempt) =>
        new([[1, 2, 3, 4]], [], attempt, typeof(FormatException)) { Rounds = 200_000 };
}
