namespace ClassicBroker.Operations.Consoles;

/// <summary>One value of a chart of the admin console. Immutable.</summary>
/// <param name="Name">What it is charted as.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Value">Its value now.</param>
public readonly record struct ChartedValue(string Name, string Unit, double Value);
