SELECT
  `t4`.`state_a` AS `state_a`,
  `t4`.`state_b` AS `state_b`,
  `t4`.`period` AS `period`,
  CAST(COALESCE(COUNTIF(`t4`.`quad` = 'verbal_coop'), 0) AS FLOAT64) AS `verbal_coop`,
  CAST(COALESCE(COUNTIF(`t4`.`quad` = 'material_coop'), 0) AS FLOAT64) AS `material_coop`,
  CAST(COALESCE(COUNTIF(`t4`.`quad` = 'verbal_conf'), 0) AS FLOAT64) AS `verbal_conf`,
  CAST(COALESCE(COUNTIF(`t4`.`quad` = 'material_conf'), 0) AS FLOAT64) AS `material_conf`,
  AVG(`t4`.`goldstein`) AS `goldstein`,
  AVG(`t4`.`goldstein` * `t4`.`goldstein`) AS `goldstein_sq`,
  CAST(COALESCE(COUNTIF(`t4`.`domain` = 'diplomacy'), 0) AS FLOAT64) AS `d_diplomacy`,
  CAST(COALESCE(COUNTIF(`t4`.`domain` = 'defence'), 0) AS FLOAT64) AS `d_defence`,
  CAST(COALESCE(COUNTIF(`t4`.`domain` = 'economy'), 0) AS FLOAT64) AS `d_economy`,
  CAST(COALESCE(COUNTIF(`t4`.`domain` = 'energy'), 0) AS FLOAT64) AS `d_energy`,
  CAST(COALESCE(COUNTIF(`t4`.`domain` = 'education_culture'), 0) AS FLOAT64) AS `d_education_culture`,
  CAST(COALESCE(COUNTIF(`t4`.`domain` = 'counter_terrorism'), 0) AS FLOAT64) AS `d_counter_terrorism`,
  CAST(COALESCE(COUNTIF(`t4`.`domain` = 'nuclear'), 0) AS FLOAT64) AS `d_nuclear`,
  CAST(COALESCE(COUNTIF(`t4`.`domain` = 'territory'), 0) AS FLOAT64) AS `d_territory`,
  SUM(`t4`.`raw`) AS `raw`
FROM (
  SELECT
    `t3`.`quad` AS `quad`,
    `t3`.`raw` AS `raw`,
    `t3`.`goldstein` AS `goldstein`,
    `t3`.`domain` AS `domain`,
    LEAST(`t3`.`source`, `t3`.`target`) AS `state_a`,
    GREATEST(`t3`.`source`, `t3`.`target`) AS `state_b`,
    DATE(EXTRACT(YEAR FROM `t3`.`date`), EXTRACT(MONTH FROM `t3`.`date`), 1) AS `period`
  FROM (
    SELECT
      `t2`.`date` AS `date`,
      `t2`.`source` AS `source`,
      `t2`.`target` AS `target`,
      `t2`.`quad` AS `quad`,
      SUM(`t2`.`reports`) AS `raw`,
      ieee_divide(
        SUM(`t2`.`goldstein` * `t2`.`reports`),
        NULLIF(SUM(IF(NOT `t2`.`goldstein` IS NULL, `t2`.`reports`, NULL)), 0)
      ) AS `goldstein`,
      CASE
        WHEN GREATEST(
          COALESCE(SUM(IF(`t2`.`domain` = 'diplomacy', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'defence', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'economy', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'energy', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'education_culture', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'counter_terrorism', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'nuclear', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'territory', `t2`.`reports`, NULL)), 0)
        ) = 0
        THEN CAST(NULL AS STRING)
        WHEN COALESCE(SUM(IF(`t2`.`domain` = 'diplomacy', `t2`.`reports`, NULL)), 0) = GREATEST(
          COALESCE(SUM(IF(`t2`.`domain` = 'diplomacy', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'defence', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'economy', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'energy', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'education_culture', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'counter_terrorism', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'nuclear', `t2`.`reports`, NULL)), 0),
          COALESCE(SUM(IF(`t2`.`domain` = 'territory', `t2`.`reports`, NULL)), 0)
        )
        THEN 'diplomacy'
        ELSE NULL
      END AS `domain`
    FROM (
      SELECT
        `t1`.`date` AS `date`,
        `t1`.`source` AS `source`,
        `t1`.`target` AS `target`,
        `t1`.`domain` AS `domain`,
        `t1`.`goldstein` AS `goldstein`,
        `t1`.`reports` AS `reports`,
        CASE
          WHEN (
            `t1`.`cameo` >= '01'
          ) AND (
            `t1`.`cameo` < '06'
          )
          THEN 'verbal_coop'
          WHEN (
            `t1`.`cameo` >= '06'
          ) AND (
            `t1`.`cameo` < '10'
          )
          THEN 'material_coop'
          ELSE CAST(NULL AS STRING)
        END AS `quad`
      FROM (
        SELECT
          SAFE_CAST(CASE
            WHEN LENGTH(CAST(`t0`.`sqldate` AS STRING)) = 8
            THEN CONCAT(
              CONCAT(
                CONCAT(
                  CONCAT(
                    SUBSTRING(
                      CAST(`t0`.`sqldate` AS STRING),
                      IF((
                        0 + 1
                      ) >= 1, 0 + 1, 0 + 1 + LENGTH(CAST(`t0`.`sqldate` AS STRING))),
                      4
                    ),
                    '-'
                  ),
                  SUBSTRING(
                    CAST(`t0`.`sqldate` AS STRING),
                    IF((
                      4 + 1
                    ) >= 1, 4 + 1, 4 + 1 + LENGTH(CAST(`t0`.`sqldate` AS STRING))),
                    2
                  )
                ),
                '-'
              ),
              SUBSTRING(
                CAST(`t0`.`sqldate` AS STRING),
                IF((
                  6 + 1
                ) >= 1, 6 + 1, 6 + 1 + LENGTH(CAST(`t0`.`sqldate` AS STRING))),
                2
              )
            )
            ELSE CAST(NULL AS STRING)
          END AS DATE) AS `date`,
          COALESCE(
            CASE
              WHEN `t0`.`actor1countrycode` IN ('ABK', 'ABW')
              THEN `t0`.`actor1countrycode`
              WHEN `t0`.`actor1countrycode` = 'BRD'
              THEN 'DEU'
              ELSE CAST(NULL AS STRING)
            END,
            `t0`.`actor1countrycode`
          ) AS `source`,
          COALESCE(
            CASE
              WHEN `t0`.`actor2countrycode` IN ('ABK', 'ABW')
              THEN `t0`.`actor2countrycode`
              WHEN `t0`.`actor2countrycode` = 'BRD'
              THEN 'DEU'
              ELSE CAST(NULL AS STRING)
            END,
            `t0`.`actor2countrycode`
          ) AS `target`,
          `t0`.`eventcode` AS `cameo`,
          CASE
            WHEN `t0`.`eventcode` IN ('0212', '0214')
            THEN 'defence'
            WHEN `t0`.`eventcode` IN ('0211', '0231')
            THEN 'economy'
            ELSE 'diplomacy'
          END AS `domain`,
          `t0`.`goldsteinscale` AS `goldstein`,
          1 AS `reports`,
          CASE
            WHEN NOT CASE
              WHEN FALSE
              THEN 'wrong number of columns'
              WHEN `t0`.`globaleventid` IS NULL
              THEN 'event id is no number'
              ELSE CAST(NULL AS STRING)
            END IS NULL
            THEN 'rejected'
            WHEN NOT CASE
              WHEN (
                `t0`.`actor1countrycode` IS NULL
              ) OR (
                `t0`.`actor2countrycode` IS NULL
              )
              THEN 'no country on one side'
              WHEN `t0`.`actor1countrycode` IN ('AFR', 'ASA')
              OR `t0`.`actor2countrycode` IN ('AFR', 'ASA')
              THEN 'a region, not a state'
              ELSE CAST(NULL AS STRING)
            END IS NULL
            THEN 'skipped'
            ELSE 'events'
          END AS `kind`
        FROM `gdelt-bq`.`gdeltv2`.`events` AS `t0`
      ) AS `t1`
      WHERE
        `t1`.`kind` = 'events'
        AND NOT `t1`.`date` IS NULL
        AND NOT `t1`.`source` IS NULL
        AND NOT `t1`.`target` IS NULL
    ) AS `t2`
    GROUP BY
      `t2`.`date`,
      `t2`.`source`,
      `t2`.`target`,
      `t2`.`quad`
  ) AS `t3`
) AS `t4`
GROUP BY
  `t4`.`state_a`,
  `t4`.`state_b`,
  `t4`.`period`
