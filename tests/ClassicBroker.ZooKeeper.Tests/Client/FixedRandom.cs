using ClassicBroker.Platform;

namespace ClassicBroker.ZooKeeper.Tests.Client;

/// <summary>Draws the largest number always: servers keep their order, pauses are at their longest.</summary>
internal sealed class FixedRandom : IRandomSource
{
    public int Next(int exclusiveMax) => exclusiveMax - 1;

    public void Fill(Span<byte> destination) => destination.Fill(0xab);
}
