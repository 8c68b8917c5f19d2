using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ClassicBroker.Tidy.Tests;

/// <summary>
/// A record prints all it holds unless it says otherwise, into logs, messages of exceptions and debuggers: one that holds a password, a key
/// or a login module says otherwise.
/// </summary>
public sealed partial class SecretPrintingTests
{
    [Fact]
    public void Records_that_hold_secrets_print_none()
    {
        var records = SourceFile.Product
            .SelectMany(file => file.Syntax.DescendantNodes().OfType<RecordDeclarationSyntax>().Select(record => (File: file, Record: record)))
            .Where(found => SecretsOf(found.Record).Any())
            .ToList();

        // Those of SCRAM, of JAAS, of key stores and of ZooKeeper's login at the least.
        Assert.InRange(records.Count, 5, int.MaxValue);
        Assert.Equal(
            "",
            string.Join(
                '\n',
                records.Where(found => !SaysWhatItPrints(found.Record)).Select(
                    found => $"{found.File.At(found.Record)} {found.Record.Identifier} prints {string.Join(", ", SecretsOf(found.Record))}")));
    }

    private static IEnumerable<string> SecretsOf(RecordDeclarationSyntax record) =>
    [
        .. record.ParameterList?.Parameters.Where(parameter => IsSecret(parameter.Type, parameter.Identifier.Text))
            .Select(parameter => parameter.Identifier.Text) ?? [],
        .. record.Members.OfType<PropertyDeclarationSyntax>().Where(property => IsSecret(property.Type, property.Identifier.Text))
            .Select(property => property.Identifier.Text),
    ];

    private static bool IsSecret(TypeSyntax? type, string name) => type?.ToString() is "string" or "string?" && SecretName().IsMatch(name);

    private static bool SaysWhatItPrints(RecordDeclarationSyntax record) =>
        record.Members.OfType<MethodDeclarationSyntax>().Any(method => method.Identifier.Text is "ToString" or "PrintMembers");

    [GeneratedRegex("(Password|Secret|Hmac|JaasConfig|PemKey|KeystoreKey|PrivateKey)$")]
    private static partial Regex SecretName();
}
