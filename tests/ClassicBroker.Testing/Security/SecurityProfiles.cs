namespace ClassicBroker.Testing.Security;

/// <summary>
/// The profiles of tests whose subject has little to do with who may come in. Short runs start an open cluster; with
/// <c>CLASSICBROKER_SECURED=1</c>, which <c>scripts/test.sh NAME --long</c> sets, the same tests run on a secured one too.
/// </summary>
public static class SecurityProfiles
{
    public const string Variable = "CLASSICBROKER_SECURED";

    /// <summary>Those of this run.</summary>
    public static IReadOnlyList<SecurityProfile> OfRun { get; } =
        Environment.GetEnvironmentVariable(Variable) == "1" ? [SecurityProfile.Open, SecurityProfile.Secured] : [SecurityProfile.Open];

    /// <summary>The same as rows of a theory.</summary>
    public static IEnumerable<object[]> Rows => With();

    /// <summary>Every row of a theory under every profile, which is the first argument.</summary>
    public static IEnumerable<object[]> With(params object[][] rows) =>
        from profile in OfRun
        from row in rows.DefaultIfEmpty([])
        select (object[])[profile, .. row];
}
