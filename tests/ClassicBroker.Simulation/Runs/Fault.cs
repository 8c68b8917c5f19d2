namespace ClassicBroker.Simulation.Runs;

/// <summary>One fault of a run's schedule.</summary>
/// <param name="AtMs">When it begins, from the start of the load.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Broker">Whom it meets.</param>
/// <param name="Other">The other end, where there is one; a number to choose by elsewhere.</param>
/// <param name="DurationMs">Until it is mended.</param>
internal readonly record struct Fault(int AtMs, FaultKind Kind, int Broker, int Other, int DurationMs)
{
    private bool IsOfTwo => Kind is FaultKind.Partition or FaultKind.OneWayCut or FaultKind.Reset or FaultKind.HalfOpen or FaultKind.SlowLink;

    public override string ToString() => IsOfTwo
        ? $"{AtMs} ms: {Kind} of brokers {Broker} and {Other} for {DurationMs} ms"
        : Kind == FaultKind.PowerCutOfAll ? $"{AtMs} ms: {Kind} for {DurationMs} ms"
        : $"{AtMs} ms: {Kind} of broker {Broker} for {DurationMs} ms";
}
