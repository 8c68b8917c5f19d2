namespace ClassicBroker.AdminConsole.Http;

/// <summary>The answer of an order that was carried out and has nothing to tell. Immutable.</summary>
/// <param name="Ok">Always true: a refusal is an <see cref="ApiProblem"/>.</param>
internal sealed record Done(bool Ok)
{
    public static readonly Done Instance = new(true);
}
