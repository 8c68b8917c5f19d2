using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.Tools.Configs;

/// <summary>Turns passwords into SCRAM credentials (RFC 5802), in the form brokers read from ZooKeeper. Stateless.</summary>
internal static class ScramCredential
{
    private const int DefaultIterations = 4096;
    private const int SaltLength = 24;

    /// <summary>True for the configs of a user that are credentials.</summary>
    public static bool IsMechanism(string key) => key is "SCRAM-SHA-256" or "SCRAM-SHA-512";

    /// <summary>Makes <c>salt=…,stored_key=…,server_key=…,iterations=…</c> out of <c>iterations=8192,password=pw</c>.</summary>
    /// <exception cref="ToolException">The password is missing, or there are too few iterations.</exception>
    public static string FromArgument(string mechanism, string argument)
    {
        var parts = ConfigArguments.Parse(argument);
        if (!parts.TryGetValue("password", out var password) || password.Length == 0)
        {
            throw new ToolException($"Password was not specified for {mechanism}");
        }

        var iterations = DefaultIterations;
        if (parts.TryGetValue("iterations", out var text)
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out iterations) || iterations < DefaultIterations))
        {
            throw new ToolException($"Iterations {text} is less than the minimum {DefaultIterations} required for {mechanism}");
        }

        return Derive(mechanism, password, iterations, RandomNumberGenerator.GetBytes(SaltLength));
    }

    internal static string Derive(string mechanism, string password, int iterations, byte[] salt)
    {
        var is256 = mechanism == "SCRAM-SHA-256";
        var hash = is256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;
        var length = is256 ? SHA256.HashSizeInBytes : SHA512.HashSizeInBytes;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, hash, length);
        var clientKey = Hmac(salted, "Client Key");
        var storedKey = is256 ? SHA256.HashData(clientKey) : SHA512.HashData(clientKey);
        var serverKey = Hmac(salted, "Server Key");
        return $"salt={Convert.ToBase64String(salt)},stored_key={Convert.ToBase64String(storedKey)},"
            + $"server_key={Convert.ToBase64String(serverKey)},iterations={iterations}";

        byte[] Hmac(byte[] key, string text) =>
            is256
                ? HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(text))
                : HMACSHA512.HashData(key, Encoding.ASCII.GetBytes(text));
    }
}
