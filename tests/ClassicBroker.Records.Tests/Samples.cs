using System.Text;

namespace ClassicBroker.Records.Tests;

/// <summary>Test bytes that are the same on every run.</summary>
internal static class Samples
{
    /// <summary>Compressible.</summary>
    public static byte[] Text(int size)
    {
        var words = new[] { "offset ", "leader ", "epoch ", "replica ", "fetch ", "{\"id\": ", "null, ", "\n" };
        var random = new Random(size + 1);
        var text = new StringBuilder();
        while (text.Length < size)
        {
            text.Append(words[random.Next(words.Length)]).Append(random.Next(100));
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, size));
    }

    /// <summary>Not compressible.</summary>
    public static byte[] Noise(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
