using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Security;

namespace ClassicBroker.Server.Tests.Security;

/// <summary>Names as <c>X500Principal.getName()</c> writes them.</summary>
public sealed class DistinguishedNameTests
{
    [Fact]
    public void The_last_part_comes_first_and_nothing_is_put_between()
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName("kafka.example");
        name.AddOrganizationalUnitName("Brokers");
        name.AddOrganizationName("Example GmbH");
        name.AddLocalityName("Kassel");
        name.AddStateOrProvinceName("Hesse");
        name.AddCountryOrRegion("DE");

        // The builder encodes what was added last first: the country, as certificates have it.
        Assert.Equal("CN=kafka.example,OU=Brokers,O=Example GmbH,L=Kassel,ST=Hesse,C=DE", DistinguishedName.Format(name.Build()));
    }

    [Theory]
    [InlineData("a,b", "a\\,b")]
    [InlineData("a+b=c", "a\\+b\\=c")]
    [InlineData("\"q\" <x>;#\\", "\\\"q\\\" \\<x\\>\\;\\#\\\\")]
    [InlineData("  in ner ", "\\ \\ in ner\\ ")]
    [InlineData("Jürgen", "Jürgen")]
    public void What_separates_is_escaped(string value, string written)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(value);

        Assert.Equal($"CN={written}", DistinguishedName.Format(name.Build()));
    }

    [Fact]
    public void Attributes_without_a_short_name_are_numbers_and_der()
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName("x");
        name.AddEmailAddress("a@b");

        Assert.Equal("CN=x,1.2.840.113549.1.9.1=#1603614062", DistinguishedName.Format(name.Build()));
    }

    /// <summary>SET { CN=a, UID=b } in one part, then DC=c.</summary>
    [Fact]
    public void Values_of_one_part_are_joined_by_plus()
    {
        var encoded = Convert.FromHexString(
            "3037" + "311d" + "3008" + "0603550403" + "0c0161" + "3011" + "060a0992268993f22c640101" + "0c0362" + "6362"
            + "3116" + "3014" + "060a0992268993f22c640119" + "1606" + "636f6e666967");

        Assert.Equal("DC=config,CN=a+UID=bcb", DistinguishedName.Format(new X500DistinguishedName(encoded)));
    }

    [Fact]
    public void Bytes_that_are_no_name_are_the_peers_fault() =>
        Assert.Throws<MalformedDataException>(() => DistinguishedName.Format(new X500DistinguishedName([0x30, 0x02, 0x31, 0x7F])));
}
