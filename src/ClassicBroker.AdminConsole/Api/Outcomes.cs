using ClassicBroker.Client;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>What became of each item of an order that some of can fail. Immutable.</summary>
/// <param name="Items">The items, in order.</param>
internal sealed record Outcomes(IReadOnlyList<Outcome> Items)
{
    public static Outcomes Of(IEnumerable<(string Name, KafkaException? Failure)> results) =>
        new([.. results.Select(result => new Outcome(result.Name, result.Failure?.Message))]);
}
