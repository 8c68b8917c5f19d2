using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Configs;

/// <summary>
/// What stands in the brackets of <c>SCRAM-SHA-256=[iterations=8192,password=pw]</c>, and the credential (RFC 5802) made of it.
/// Immutable.
/// </summary>
internal sealed record ScramArgument(ScramMechanism Mechanism, string Password, int Iterations)
{
    private const string Sha256Name = "SCRAM-SHA-256";
    private const string Sha512Name = "SCRAM-SHA-512";
    private const string IterationsKey = "iterations=";
    private const string PasswordKey = "password=";

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{nameof(ScramArgument)}({Mechanism}, iterations={Iterations})";

    /// <summary>True for the configs of a user that are credentials.</summary>
    public static bool IsMechanism(string key) => key is Sha256Name or Sha512Name;

    public static string NameOf(ScramMechanism mechanism) => mechanism == ScramMechanism.Sha256 ? Sha256Name : Sha512Name;

    public static ScramMechanism MechanismOf(string name) => name == Sha256Name ? ScramMechanism.Sha256 : ScramMechanism.Sha512;

    /// <summary>Reads the argument: iterations may be left out, and all behind <c>password=</c> is the password, commas included.</summary>
    /// <exception cref="ToolException">The password is missing, or there are too few iterations.</exception>
    public static ScramArgument Parse(string mechanism, string argument)
    {
        var rest = argument;
        var iterations = ScramChange.IterationsMin;
        var comma = argument.IndexOf(',', StringComparison.Ordinal);
        if (argument.StartsWith(IterationsKey, StringComparison.Ordinal) && comma > 0)
        {
            var text = argument[IterationsKey.Length..comma];
            rest = argument[(comma + 1)..].TrimStart();
            if (!JavaText.TryParseInt(text, out var number))
            {
                throw Invalid(mechanism, argument);
            }

            iterations = number == -1 ? iterations : number;
        }

        if (!rest.StartsWith(PasswordKey, StringComparison.Ordinal))
        {
            throw Invalid(mechanism, argument);
        }

        return iterations >= ScramChange.IterationsMin
            ? new ScramArgument(MechanismOf(mechanism), rest[PasswordKey.Length..], iterations)
            : throw new ToolException(
                $"Iterations {iterations} is less than the minimum {ScramChange.IterationsMin} required for {mechanism}");
    }

    /// <summary>The form brokers read from ZooKeeper: <c>salt=…,stored_key=…,server_key=…,iterations=…</c>.</summary>
    public string ToZnodeText(byte[] salt)
    {
        var is256 = Mechanism == ScramMechanism.Sha256;
        var hash = is256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;
        var length = is256 ? SHA256.HashSizeInBytes : SHA512.HashSizeInBytes;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(Password), salt, Iterations, hash, length);
        var clientKey = Hmac("Client Key");
        var storedKey = is256 ? SHA256.HashData(clientKey) : SHA512.HashData(clientKey);
        return $"salt={Convert.ToBase64String(salt)},stored_key={Convert.ToBase64String(storedKey)},"
            + $"server_key={Convert.ToBase64String(Hmac("Server Key"))},iterations={Iterations}";

        byte[] Hmac(string text) =>
            is256
                ? HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes(text))
                : HMACSHA512.HashData(salted, Encoding.ASCII.GetBytes(text));
    }

    /// <summary>What was not understood is shown where it cannot have a password in it.</summary>
    private static ToolException Invalid(string mechanism, string argument)
    {
        var isIterations = argument.StartsWith(IterationsKey, StringComparison.Ordinal)
            && JavaText.TryParseInt(argument.AsSpan(IterationsKey.Length), out _);
        return new($"Invalid credential property {mechanism.Replace('-', '_')}={(isIterations ? argument : HiddenSecrets.Hidden)}");
    }
}
