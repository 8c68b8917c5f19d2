using System.Runtime.InteropServices;

namespace ClassicBroker.Records;

/// <summary>Loads the native library of a codec by the name Debian installs it under.</summary>
internal static class NativeCodecLibrary
{
    /// <exception cref="CodecUnavailableException">It is not installed; the sentence says which package has it.</exception>
    public static nint Load(CompressionCodec codec, string library, string debianPackage) =>
        NativeLibrary.TryLoad(library, out var handle)
            ? handle
            : throw new CodecUnavailableException(
                codec,
                $"Compression codec {codec.ToString().ToLowerInvariant()} needs the native library {library}, which is not installed; "
                + $"on Debian it is in the package {debianPackage}.");
}
