using System.Security.Cryptography;

namespace ClassicBroker.Platform;

/// <summary>Randomness of the operating system, fit for secrets as well. Threading: any thread.</summary>
public sealed class SystemRandomSource : IRandomSource
{
    public int Next(int exclusiveMax) => RandomNumberGenerator.GetInt32(exclusiveMax);

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
