using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ClassicBroker.Platform;

/// <summary>
/// Randomness of the operating system, fit for secrets as well. Linux's kernel is asked itself: .NET's way to it leads through OpenSSL,
/// which a broker or a tool that needs nothing else of it would load at its start, for 4 MB and some milliseconds. Threading: any thread.
/// </summary>
public sealed partial class SystemRandomSource : IRandomSource
{
    private const int Interrupted = 4;

    public int Next(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMax);
        var mask = exclusiveMax == 1 ? 0 : uint.MaxValue >> BitOperations.LeadingZeroCount((uint)exclusiveMax - 1);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        while (true)
        {
            // Drawn again rather than folded, so that all numbers are as likely.
            Fill(bytes);
            var drawn = MemoryMarshal.Read<uint>(bytes) & mask;
            if (drawn < (uint)exclusiveMax)
            {
                return (int)drawn;
            }
        }
    }

    public void Fill(Span<byte> destination)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomNumberGenerator.Fill(destination);
            return;
        }

        while (!destination.IsEmpty)
        {
            var filled = GetRandom(ref MemoryMarshal.GetReference(destination), (nuint)destination.Length, 0);
            if (filled > 0)
            {
                destination = destination[(int)filled..];
            }
            else if (Marshal.GetLastPInvokeError() is var error && error != Interrupted)
            {
                throw new CryptographicException($"The system gives no random bytes: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    /// <summary>How many bytes were filled; negative on failure.</summary>
    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(ref byte buffer, nuint length, uint flags);
}
