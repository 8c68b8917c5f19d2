namespace ClassicBroker.Platform;

/// <summary>Where all randomness comes from, so that a simulation repeats from its seed. Safe from any thread.</summary>
public interface IRandomSource
{
    /// <summary>A number in [0, <paramref name="exclusiveMax"/>).</summary>
    int Next(int exclusiveMax);

    void Fill(Span<byte> destination);
}
