using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.Testing.Security;

/// <summary>
/// A user that logs in by SCRAM-SHA-512 over a bare stream, with nothing of the product in it (RFC 5802, SaslHandshake 1, SaslAuthenticate 0).
/// The password is salted once: what is left is the work of the broker. Threading: any, each stream by one at a time.
/// </summary>
public sealed class ScramUser(string name, string password)
{
    private const short SaslHandshake = 17;
    private const short SaslAuthenticate = 36;

    private readonly Lock _gate = new();
    private (string Salt, int Iterations, byte[] Key) _salted = ("", 0, []);

    /// <summary>Logs in; returns the error code that ended it, which is 0 for who is in.</summary>
    public async Task<short> LogInAsync(Stream stream, CancellationToken limit = default)
    {
        var handshake = await AskAsync(stream, Request(SaslHandshake, 1, Text("SCRAM-SHA-512")), limit);
        if (BinaryPrimitives.ReadInt16BigEndian(handshake.AsSpan(4)) is var refused and not 0)
        {
            return refused;
        }

        var bare = $"n={name},r={Guid.NewGuid():N}";
        var (error, challenge) = await AuthenticateAsync(stream, $"n,,{bare}", limit);
        return error != 0 ? error : (await AuthenticateAsync(stream, Final(bare, challenge), limit)).Error;
    }

    private static byte[] Text(string text) => [(byte)(text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Request(short key, short version, byte[] body)
    {
        var frame = new byte[14 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(4), key);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), version);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(12), -1);
        body.CopyTo(frame, 14);
        return frame;
    }

    private static async Task<byte[]> AskAsync(Stream stream, byte[] frame, CancellationToken limit)
    {
        await stream.WriteAsync(frame, limit);
        await stream.FlushAsync(limit);
        var length = new byte[4];
        await stream.ReadExactlyAsync(length, limit);
        var answer = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await stream.ReadExactlyAsync(answer, limit);
        return answer;
    }

    private static async Task<(short Error, string Answer)> AuthenticateAsync(Stream stream, string message, CancellationToken limit)
    {
        var token = Encoding.ASCII.GetBytes(message);
        var body = new byte[4 + token.Length];
        BinaryPrimitives.WriteInt32BigEndian(body, token.Length);
        token.CopyTo(body, 4);
        var answer = await AskAsync(stream, Request(SaslAuthenticate, 0, body), limit);
        var error = BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4));
        var words = Math.Max(BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(6)), (short)0);
        var bytes = answer.AsSpan(8 + words);
        return (error, Encoding.ASCII.GetString(bytes.Slice(4, Math.Max(BinaryPrimitives.ReadInt32BigEndian(bytes), 0))));
    }

    private string Final(string bare, string challenge)
    {
        var parts = challenge.Split(',').ToDictionary(part => part[0], part => part[2..]);
        var key = Salted(parts['s'], int.Parse(parts['i'], CultureInfo.InvariantCulture));
        var clientKey = HMACSHA512.HashData(key, "Client Key"u8);
        var unproved = $"c=biws,r={parts['r']}";
        var proof = HMACSHA512.HashData(SHA512.HashData(clientKey), Encoding.ASCII.GetBytes($"{bare},{challenge},{unproved}"));
        for (var i = 0; i < proof.Length; i++)
        {
            proof[i] ^= clientKey[i];
        }

        return $"{unproved},p={Convert.ToBase64String(proof)}";
    }

    private byte[] Salted(string salt, int iterations)
    {
        lock (_gate)
        {
            if (_salted.Salt != salt || _salted.Iterations != iterations)
            {
                var key = Rfc2898DeriveBytes.Pbkdf2(
                    Encoding.UTF8.GetBytes(password), Convert.FromBase64String(salt), iterations, HashAlgorithmName.SHA512, SHA512.HashSizeInBytes);
                _salted = (salt, iterations, key);
            }

            return _salted.Key;
        }
    }
}
