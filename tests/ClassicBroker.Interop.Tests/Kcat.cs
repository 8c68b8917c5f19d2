using System.Globalization;
using System.Text;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests;

/// <summary>kcat through its own options: a file a message to produce, a length-prefixed format to consume.</summary>
public static class Kcat
{
    public static async Task ProduceAsync(string bootstrap, string topic, string codec, IEnumerable<ForeignRecord> records)
    {
        using var scratch = new ScratchDirectory();
        foreach (var record in records)
        {
            List<string> arguments = ["-P", "-b", bootstrap, "-t", topic, "-p", "0", "-z", codec, "-X", "message.max.bytes=4194304", "-X", "linger.ms=0"];
            foreach (var (name, value) in record.Headers)
            {
                arguments.AddRange(["-H", $"{name}={Encoding.UTF8.GetString(value!)}"]);
            }

            if (record.Value is null)
            {
                // An empty file is no message to kcat; a line with a key and nothing behind it is a null value.
                (await ChildProcess.RunAsync("kcat", [.. arguments, "-Z", "-K", ":"], (byte[])[.. record.Key!, (byte)':', (byte)'\n'])).RequireSuccess();
                continue;
            }

            if (record.Key is { } key)
            {
                arguments.AddRange(["-k", Encoding.UTF8.GetString(key)]);
            }

            var file = scratch.File("value");
            await File.WriteAllBytesAsync(file, record.Value);
            (await ChildProcess.RunAsync("kcat", [.. arguments, file])).RequireSuccess();
        }
    }

    public static async Task<IReadOnlyList<ForeignRecord>> ConsumeAsync(string bootstrap, string topic, int count)
    {
        // %h ends the record; header values that hold commas or line feeds are compared by the other readers.
        var outcome = (await ChildProcess.RunAsync(
            "kcat",
            ["-C", "-q", "-b", bootstrap, "-t", topic, "-p", "0", "-o", "beginning", "-c", $"{count}", "-X", "fetch.message.max.bytes=4194304", "-f", "%o %K %S\\n%k%s\\n"]))
            .RequireSuccess();
        var records = new List<ForeignRecord>();
        ReadOnlySpan<byte> rest = outcome.StandardOutput;
        for (var expected = 0; expected < count; expected++)
        {
            var lineEnd = rest.IndexOf((byte)'\n');
            var numbers = Encoding.ASCII.GetString(rest[..lineEnd]).Split(' ').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(expected, numbers[0]);
            rest = rest[(lineEnd + 1)..];
            var key = Take(ref rest, numbers[1]);
            var value = Take(ref rest, numbers[2]);
            Assert.Equal((byte)'\n', rest[0]);
            rest = rest[1..];
            records.Add(new(key, value));
        }

        Assert.True(rest.IsEmpty);
        return records;
    }

    private static byte[]? Take(ref ReadOnlySpan<byte> rest, int length)
    {
        if (length < 0)
        {
            return null;
        }

        var taken = rest[..length].ToArray();
        rest = rest[length..];
        return taken;
    }
}
