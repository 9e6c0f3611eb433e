/** What PowerShell reads: `docker completion powershell | Out-String | Invoke-Expression`. */
export const powershellScript = (
  request: string,
): string => String.raw`# powershell completion for docker                         -*- shell-script -*-

Register-ArgumentCompleter -Native -CommandName 'docker' -ScriptBlock {
    param($WordToComplete, $CommandAst, $CursorPosition)

    $Words = @($CommandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $CursorPosition } | ForEach-Object { $_.ToString() })
    # Windows PowerShell drops empty arguments, unless they are quoted.
    $Last = if ($WordToComplete -eq '' -and $PSVersionTable.PSVersion -lt [version]'7.3') { '""' } else { $WordToComplete }
    $Lines = @(& docker ${request} @Words $Last 2>$null)
    if ($Lines.Count -eq 0 -or $Lines[-1] -notmatch '^:(\d+)$') { return }
    $Directive = [int]$Matches[1]
    if ($Directive -band 1) { return }

    $Flag = if ($WordToComplete -match '^-[^=]*=') { $Matches[0] } else { '' }
    $Choices = @($Lines | Select-Object -SkipLast 1 | Where-Object { "$Flag$_".StartsWith($WordToComplete) })
    if ($Choices.Count -eq 0) {
        # Nothing at all keeps PowerShell from completing names of files.
        if ($Directive -band 4) { '' }
        return
    }
    $Space = if ($Directive -band 2) { '' } else { ' ' }
    foreach ($Choice in $Choices) {
        $Name, $Description = $Choice -split "${'`'}t", 2
        if (-not $Description) { $Description = $Name }
        [System.Management.Automation.CompletionResult]::new("$Flag$Name$Space", $Name, 'ParameterValue', $Description)
    }
}
`;
