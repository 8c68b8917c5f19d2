using System.Buffers.Binary;
using System.Security.Cryptography;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Sessions;

/// <summary>
/// What a client must show to carry on a session: derived from the session's id as Apache ZooKeeper derives it, so that either server can
/// carry on the sessions it finds in the other's data directory. It guards against mistakes, not against attackers.
/// </summary>
internal static class SessionPassword
{
    private const long SuperSecret = 0xB3415C00L;
    private const long Multiplier = 0x5DEECE66DL;
    private const long Addend = 0xBL;
    private const long Mask = (1L << 48) - 1;

    public static byte[] Of(long sessionId)
    {
        // java.util.Random seeded with the id: four 32-bit numbers, each put down from its low byte up.
        var password = new byte[ConnectResponse.PasswordSize];
        var seed = (sessionId ^ SuperSecret ^ Multiplier) & Mask;
        for (var i = 0; i < password.Length; i += sizeof(int))
        {
            seed = unchecked((seed * Multiplier) + Addend) & Mask;
            BinaryPrimitives.WriteInt32LittleEndian(password.AsSpan(i), (int)(seed >> 16));
        }

        return password;
    }

    public static bool IsRight(long sessionId, ReadOnlySpan<byte> password) =>
        CryptographicOperations.FixedTimeEquals(Of(sessionId), password);
}
